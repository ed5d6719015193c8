"""TF-IDF beside sentence vectors: the best student without fine-tuning (docs/student.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from scipy import sparse
from sklearn.base import BaseEstimator

from mollia import registry
from mollia.arrays import Floats, Matrix
from mollia.encode.tfidf import Tfidf
from mollia.parameters import TEXT, Constraints, check_parameters, offers
from mollia.protocols import Encoder
from mollia.stored import Stored

KIND = "hybrid"  # its name in the registry
LEXICAL_SHARE = 0.7


class HybridFeatures:
    """Rows [.7 TF-IDF ; vectors] (n, V + d), sparse; the TF-IDF is fitted on the training rows."""

    def __init__(self, dense: Any, tfidf: Tfidf | None = None) -> None:  # noqa: ANN401  # HeadFeatures
        self.dense = dense
        self.tfidf = Tfidf() if tfidf is None else tfidf

    def fit(self, texts: Sequence[str], /) -> Self:
        """Learn the vocabulary of the training texts."""
        self.tfidf.fit(texts)
        self.dense.fit(texts)
        return self

    def transform(self, texts: Sequence[str], /) -> sparse.csr_array:
        """Return the rows (n, V + d)."""
        blocks = [LEXICAL_SHARE * self.tfidf.transform(texts), sparse.csr_array(self.dense.transform(texts))]
        return sparse.csr_array(sparse.hstack(blocks, format="csr"))

    def save(self, folder: Path, /) -> Stored:
        """Store both parts side by side."""
        words, vectors = self.tfidf.save(folder), self.dense.save(folder)
        return Stored(
            kind=KIND,
            config={"tfidf": words.config, "dense": {"kind": vectors.kind, "config": vectors.config}},
            arrays={
                **{f"tfidf.{name}": values for name, values in words.arrays.items()},
                **{f"dense.{name}": values for name, values in vectors.arrays.items()},
            },
            files=(*words.files, *vectors.files),
        )

    @classmethod
    def load(cls, folder: Path, config: Mapping[str, Any], arrays: Mapping[str, Floats], /) -> Self:
        """Rebuild both parts."""
        own = {
            part: {name.removeprefix(part): a for name, a in arrays.items() if name.startswith(part)}
            for part in ("tfidf.", "dense.")
        }
        dense = registry.find("features", config["dense"]["kind"])
        return cls(
            dense.load(folder, config["dense"]["config"], own["dense."]),
            Tfidf.load(folder, config["tfidf"], own["tfidf."]),
        )


class Hybrid(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Distances as the dense encoder measures them; a head that reads TF-IDF too.

    Parameters
    ----------
    dense : str or Encoder
        A registered encoder or one at hand; it must offer `head_features`.

    Attributes
    ----------
    dense_ : Encoder
        The dense encoder, made when it is first needed.

    Examples
    --------
    >>> from mollia.encode.hybrid import Hybrid
    >>> encoder = Hybrid("lexical").fit(["refund my money", "where is my parcel"])
    >>> encoder.encode(["my money"]).shape == (1, encoder.dim)
    True
    """

    _parameter_constraints: ClassVar[Constraints] = {"dense": TEXT | offers("encode")}

    def __init__(self, dense: str | Encoder = "onnx") -> None:
        self.dense = dense

    @property
    def name(self) -> str:
        """`hybrid-` and the dense encoder's name."""
        return f"hybrid-{self._dense.name}"

    @property
    def dim(self) -> int:
        """The dense encoder's width."""
        return self._dense.dim

    def __sklearn_is_fitted__(self) -> bool:
        """Whether `fit` was called."""
        return hasattr(self, "dense_")

    def __sklearn_clone__(self) -> Self:
        """Return itself once fitted: the dense encoder is loaded once."""
        return self if hasattr(self, "dense_") else type(self)(self.dense)

    def fit(self, texts: Sequence[str], /) -> Self:
        """Make the dense encoder ready; one that learns from texts learns from these."""
        check_parameters(self)
        dense: Any = registry.find("encoder", self.dense)() if isinstance(self.dense, str) else self.dense
        self.dense_: Encoder = dense.fit(texts) if hasattr(dense, "fit") else dense
        return self

    def head_features(self) -> HybridFeatures:
        """Return the unfitted features [.7 TF-IDF ; vectors]."""
        made: Any = self._dense
        return HybridFeatures(made.head_features())

    def encode(self, texts: Sequence[str], /) -> Matrix:
        """Return the dense encoder's rows (n, d)."""
        return self._dense.encode(texts)

    @property
    def _dense(self) -> Encoder:
        if not hasattr(self, "dense_"):
            self.fit([])
        return self.dense_
