"""The fine-tuned student: the one door to torch and transformers.

The recipe is docs/student.md's: embeddings and the lower half of the layers frozen, their outputs computed
once a text; mean pooling; a head that starts at zero; AdamW, warm-up and linear decay, few epochs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, count, islice
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from mollia.arrays import Classes, Floats, Mask, Matrix, Probs, Rows, Vector, most_probable
from mollia.optional import require
from mollia.parameters import FUNCTION, NONE, STATE, TEXT, Constraints, check_parameters, whole
from mollia.progress import Progress, quiet
from mollia.randomness import child_seed, generator
from mollia.student.encoder_size import MINILM
from mollia.student.features import HeadFeatures
from mollia.student.lessons import Lessons, check_lessons
from mollia.student.recipe import AS_MEASURED, RECIPE, Recipe
from mollia.student.softmax_head import Head
from mollia.student.start_weights import StartWeights, has_amx, load_start
from mollia.student.transformer import Transformer

STAGE = "fine-tuning"
HEAD_FASTER = 10  # the head's learning rate is so many times the layers'
WARM_UP, CLIP, DROPOUT, DECAY = 0.1, 1.0, 0.1, 0.01
NOISE = 1e-3  # a weight noise's length, as a share of the head's weights
LENGTH_NOISE = 4.0  # tokens: batches hold texts of like length, but not always the same ones


class FinetunedStudent(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """A transformer whose upper layers learn with the head (protocol Student).

    Parameters
    ----------
    weights : str
        A folder with config.json, model.safetensors and tokenizer.json, or a hub repository's name.
    recipe : Recipe
        Epochs, batches and learning rate, and which layers learn.
    max_tokens : int
        A text is cut here.
    progress : callable, optional
        Told what is done ("fine-tuning"), how many steps of it, and how many there are.
    random_state : int, optional
        Of batches and dropout.

    Attributes
    ----------
    classes_ : (K,)
        Class numbers 0 to K - 1.
    head_ : Head
        The weights (d, K) and intercepts (K,) of the classes.
    features_ : HeadFeatures
        What turns texts into the rows that the head reads.
    body_ : Transformer
        The fine-tuned layers.

    Examples
    --------
    With `weights` the path of a folder:

    >>> import numpy as np
    >>> from mollia.student.finetune import FinetunedStudent
    >>> from mollia.student.recipe import Recipe
    >>> texts = ["refund my money", "where is my parcel", "money back please", "the parcel is late"]
    >>> student = FinetunedStudent(weights, recipe=Recipe(epochs=1)).fit(texts, np.eye(2)[[0, 1, 0, 1]])
    >>> student.predict_proba(["a parcel that is late"]).shape
    (1, 2)
    """

    _parameter_constraints: ClassVar[Constraints] = {
        "weights": TEXT,
        "recipe": RECIPE,
        "max_tokens": whole(1),
        "progress": FUNCTION | NONE,
        "random_state": STATE,
    }

    def __init__(
        self,
        weights: str = MINILM,
        *,
        recipe: Recipe = AS_MEASURED,
        max_tokens: int = 128,
        progress: Callable[[str, int, int], None] | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.weights = weights
        self.recipe = recipe
        self.max_tokens = max_tokens
        self.progress = progress
        self.random_state = random_state

    def check(self) -> None:
        """Load the start weights, so that what is missing is said before anything is paid for.

        Raises
        ------
        MissingExtra
            Without torch, transformers or what stores the student.
        DataError
            When the weights cannot be loaded.
        """
        self._check()
        require("onnxscript", extra="torch", purpose="Writing a fine-tuned student as ONNX")
        Transformer(self._start())

    def fit(
        self,
        X: Sequence[str],
        y: Probs,
        *,
        sample_weight: Vector | None = None,
        negative: Mask | None = None,
        negative_weight: float = 0.0,
    ) -> Self:
        """Learn from texts and soft labels (n, K) with weights (n,) and Y- (n, K).

        Every call starts from the start weights.

        Raises
        ------
        MissingExtra
            Without torch and transformers.
        DataError
            When the weights cannot be loaded, or labels are impossible.
        """
        self._check()
        lessons = check_lessons(len(X), y, sample_weight, negative)
        torch = _torch()
        seed = child_seed(self.random_state, "finetune")
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            body = Transformer(self._start())
            head = torch.nn.Linear(body.width, lessons.y.shape[1]).to(body.device)
            torch.nn.init.zeros_(head.weight)
            torch.nn.init.zeros_(head.bias)
            self._train(
                body, head, body.start.states(X, self._tell), lessons=lessons, lambda_=negative_weight
            )
        self.body_: Transformer = body
        self.head_ = Head(
            coef=head.weight.detach().cpu().numpy().T.astype(np.float64),
            intercept=head.bias.detach().cpu().numpy().astype(np.float64),
        )
        self.classes_: Classes = np.arange(lessons.y.shape[1])
        self.features_: HeadFeatures = body  # stored as ONNX
        return self

    def predict_proba(self, X: Sequence[str]) -> Probs:
        """Return class probabilities (n, K)."""
        return self.head_.predict_proba(self._vectors(X))

    def predict(self, X: Sequence[str]) -> Classes:
        """Return the most probable class numbers (n,)."""
        return most_probable(self.predict_proba(X))

    def embed(self, X: Sequence[str]) -> Matrix:
        """Return the learned text vectors (n, d)."""
        return self._vectors(X).astype(np.float32)

    def passes(self, X: Sequence[str], n_passes: int = 5) -> Floats:
        """Return probabilities (n_passes, n, K) under dropout before the head, as in training."""
        vectors = self._vectors(X)
        rng = generator(self.random_state, "finetune", "passes")
        kept = (rng.random(vectors.shape) >= DROPOUT for _ in range(n_passes))
        passes: Floats = np.stack([self.head_.predict_proba(vectors * k / (1 - DROPOUT)) for k in kept])
        return passes

    def deviations(self, X: Sequence[str], n_noises: int = 5) -> Floats:
        """Return the relative change (n_noises, n, K) of the scores when the head's weights are shaken.

        As `FrozenStudent.deviations`: the layers below the head keep their weights.
        """
        vectors = self._vectors(X)
        scores = self.head_.scores(vectors)
        length = np.maximum(np.linalg.norm(scores, axis=1, keepdims=True), 1e-12)
        rng = generator(self.random_state, "finetune", "deviations")
        shaken = (self.head_.shaken(NOISE, rng).scores(vectors) for _ in range(n_noises))
        changes: Floats = np.stack([(each - scores) / length for each in shaken])
        return changes

    def _check(self) -> None:
        check_parameters(self)
        check_parameters(self.recipe)

    def _start(self) -> StartWeights:
        return load_start(self.weights, frozen=self.recipe.frozen, max_tokens=self.max_tokens)

    def _vectors(self, X: Sequence[str]) -> Floats:
        if not hasattr(self, "head_"):
            raise NotFittedError("This student has learned nothing yet: call fit first.")
        return self.body_.transform(X, progress=self._tell)

    @property
    def _tell(self) -> Progress:
        return self.progress or quiet

    def _train(
        self,
        body: Transformer,
        head: Any,  # noqa: ANN401  # torch is optional
        states: list[Any],
        *,
        lessons: Lessons,
        lambda_: float,
    ) -> None:
        """Run the epochs; `states` are the n texts' outputs of the frozen layers."""
        torch = _torch()
        rng = generator(self.random_state, "finetune", "batches")
        rates = (self.recipe.lr, self.recipe.lr * HEAD_FASTER)
        groups = [body.trained_parameters(), list(head.parameters())]
        optimiser = torch.optim.AdamW(
            [{"params": group, "lr": rate} for group, rate in zip(groups, rates, strict=True)],
            weight_decay=DECAY,
        )
        y, weight, negative = (
            torch.tensor(values, dtype=torch.float32, device=body.device)
            for values in (lessons.y, lessons.weight, lessons.negative)
        )
        lengths = np.array([len(each) for each in states])
        steps = self.recipe.steps(len(states), lessons.y.shape[1])
        epochs = (_batches(lengths, self.recipe.batch, rng) for _ in count())
        # Twice to three times as fast where the processor can; what it says of texts is always in single precision.
        in_half = body.device.type == "cpu" and has_amx()
        body.training(on=True)
        for step, rows in enumerate(islice(chain.from_iterable(epochs), steps)):
            pace = min(1.0, (step + 1) / (WARM_UP * steps)) * (1 - step / steps)
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * pace
            with torch.autocast("cpu", torch.bfloat16, enabled=in_half):
                pooled = body.upper([states[row] for row in rows])
            scores = head(torch.nn.functional.dropout(pooled, DROPOUT))
            loss = _loss(scores, y[rows], weight[rows], negative[rows], lambda_)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([p for group in groups for p in group], CLIP)
            optimiser.step()
            self._tell(STAGE, step + 1, steps)
        body.training(on=False)


def _batches(lengths: Rows, size: int, rng: np.random.Generator) -> list[Rows]:
    """Return batches of texts of like length, in random order; each row once."""
    order = np.argsort(lengths + rng.normal(0, LENGTH_NOISE, len(lengths)))
    batches = [order[at : at + size] for at in range(0, len(order), size)]
    return [batches[at] for at in rng.permutation(len(batches))]


def _loss(scores: Any, y: Any, weight: Any, negative: Any, lambda_: float) -> Any:  # noqa: ANN401  # tensors
    """Weighted cross-entropy on soft labels plus lambda times the negative loss.

    docs/method.md, sections 4 and 7.4.
    """
    torch = _torch()
    log = torch.log_softmax(scores, 1)
    loss = -((y * log).sum(1) * weight).sum() / weight.sum().clamp_min(1e-12)
    size = negative.sum(1)
    if lambda_ and bool((size > 0).any()):
        wrong = -(negative * torch.log1p(-log.exp().clamp_max(1 - 1e-6))).sum(1) / size.clamp_min(1)
        loss = loss + lambda_ * wrong.sum() / (size > 0).sum()
    return loss


def _torch() -> Any:  # noqa: ANN401  # an optional module
    return require("torch", extra="torch", purpose="Fine-tuning a student")
