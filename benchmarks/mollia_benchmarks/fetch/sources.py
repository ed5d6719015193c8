"""What is fetched from where: the paper's recordings at one commit, and the texts they were made on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

REPOSITORY = "qijindou/MoLLIA"
COMMIT = "f4cbac37627e23376baa568d46c0334125616f6a"
LISTING = f"https://api.github.com/repos/{REPOSITORY}/git/trees/{COMMIT}?recursive=1"
LLMS = ("gemma", "llama", "mistral", "qwen", "yi")  # in the order of the columns of meta_x
MEBIBYTE = 2**20

ANSWERS_LICENCE = f"published without a licence (github:{REPOSITORY}, commit {COMMIT[:7]})"
TERMS = "for tests and benchmarks only; do not redistribute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One public file: its name here, its address, and what is known of its content.

    `path` is its place in the authors' repository ("": it comes from elsewhere); `sha256` and `size` are set where
    they are publicly known; `most` is the size in bytes beyond which it is refused.
    """

    file: str
    url: str
    path: str = ""
    sha256: str = ""
    size: int = 0
    most: int = 64 * MEBIBYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperSet:
    """One set of the paper: its classes in the order of meta_x, and its files.

    `raw` maps an LLM to its file of raw answers, where the authors published one; `train` and `test` are the hub's
    Parquet files or, for trec's test questions, the original file. `settings` go into labels.json: how an LLM
    is asked, the hyper-parameters that the paper gives MoLAM for this set, and which rows only score.
    """

    name: str
    classes: tuple[str, ...]
    meta_x: Source
    meta_y: Source
    raw: dict[str, Source]
    train: Source | None
    test: Source | None
    texts_licence: str
    settings: dict[str, object]

    @property
    def sources(self) -> tuple[Source, ...]:
        """All files of this set."""
        rest = (self.train, self.test)
        return (self.meta_x, self.meta_y, *self.raw.values(), *(source for source in rest if source))

    @property
    def licence(self) -> str:
        """The terms of texts and answers in one sentence."""
        return f"texts: {self.texts_licence}; answers: {ANSWERS_LICENCE}; {TERMS}"


def at_mirror(url: str, mirror: str) -> str:
    """Return the address of the same path and query below `mirror` ("": the address itself)."""
    if not mirror:
        return url
    parts, base = urlsplit(url), urlsplit(mirror)
    return urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + parts.path, parts.query, ""))


def _authors(folder: str, file: str, name: str) -> Source:
    path = f"output_exp/{folder}/{file}"
    return Source(file=name, path=path, url=f"https://raw.githubusercontent.com/{REPOSITORY}/{COMMIT}/{path}")


def _hub(
    name: str, data_set: str, path: str, *, train: tuple[str, int], test: tuple[str, int]
) -> tuple[Source, Source]:
    """Return a hub data set's two splits; `data_set` is owner/name@revision, a split its SHA-256 and size."""
    owned, _, revision = data_set.partition("@")
    base = f"https://huggingface.co/datasets/{owned}/resolve/{revision}/{path}"
    both = {"train": train, "test": test}
    splits = (
        Source(
            file=f"{name}_{split}.parquet",
            url=f"{base}/{split}-00000-of-00001.parquet",
            sha256=sha256,
            size=size,
        )
        for split, (sha256, size) in both.items()
    )
    return next(splits), next(splits)


def _set(
    name: str,
    classes: tuple[str, ...],
    *,
    texts_licence: str,
    settings: dict[str, object],
    raw: Sequence[str] = (),
    their_name: str = "",
    splits: tuple[Source | None, Source | None] = (None, None),
) -> PaperSet:
    theirs = their_name or name
    meta_x, meta_y = (
        _authors("molam_train_data", f"{theirs}_meta_{part}.npy", f"{name}_meta_{part}.npy") for part in "xy"
    )
    return PaperSet(
        name=name,
        classes=classes,
        meta_x=meta_x,
        meta_y=meta_y,
        raw={
            llm: _authors("molam_train_raw_data", f"{theirs}_{llm}.json", f"{name}_{llm}.json") for llm in raw
        },
        train=splits[0],
        test=splits[1],
        texts_licence=texts_licence,
        settings=settings,
    )


def _settings(
    instruction: str, *, molam: tuple[float, int, int], test_from_id: int | None = None
) -> dict[str, object]:
    """Return what goes into labels.json; `molam` are the learning rate, the depth and the number of trees."""
    return {
        "instruction": instruction,
        "molam": dict(zip(("learning_rate", "max_depth", "n_estimators"), molam, strict=True)),
        **({} if test_from_id is None else {"test_from_id": test_from_id}),
    }


# The sums of the texts' files are the ones that public repositories give for these revisions. For the authors'
# own files no sum is published: they are checked against the commit's git hashes when they are fetched.
SETS: dict[str, PaperSet] = {
    found.name: found
    for found in (
        _set(
            "trec",
            ("abbreviation", "entity", "description", "human", "location", "numeric"),
            raw=LLMS,
            splits=(
                None,
                Source(
                    file="trec_test.label",
                    url="https://cogcomp.seas.upenn.edu/Data/QA/QC/TREC_10.label",
                    sha256="033f22c028c2bbba9ca682f68ffe204dc1aa6e1cf35dd6207f2d4ca67f0d0e8e",
                    size=23354,
                ),
            ),
            settings=_settings("What is the question about?", molam=(0.05, 6, 300)),
            texts_licence="no licence stated (TREC question classification, CogComp)",
        ),
        _set(
            "pubmed",
            ("background", "conclusion", "method", "objective", "result"),
            their_name="pubmed-20k-rct",
            raw=("gemma", "mistral", "yi"),
            settings=_settings(
                "Which part of a medical abstract is the sentence from?",
                molam=(0.01, 3, 500),
                test_from_id=8000,
            ),
            texts_licence="no licence stated (PubMed 20k RCT)",
        ),
        _set(
            "ag_news",
            ("world", "sports", "business", "science/technology"),
            splits=_hub(
                "ag_news",
                "fancyzhx/ag_news@eb185aade064a813bc0b7f42de02595523103ca4",
                "data",
                train=("fc508d6d9868594e3da960a8cfeb63ab5a4746598b93428c224397080c1f52ee", 18585438),
                test=("71de87ec66bc5737752a2502204dfa6d7fe9856ade3ea444dc6317789a4f13fb", 1234829),
            ),
            settings=_settings("What is the news article about?", molam=(0.07, 5, 300)),
            texts_licence="no licence stated (hub data set fancyzhx/ag_news; AG's corpus asks for non-commercial use)",
        ),
        _set(
            "imdb",
            ("negative", "positive"),
            splits=_hub(
                "imdb",
                "stanfordnlp/imdb@e6281661ce1c48d982bc483cf8a173c1bbeb5d31",
                "plain_text",
                train=("db47d16b5c297cc0dd625e519c81319c24c9149e70e8496de5475f6fa928342c", 20979968),
                test=("b52e26e2f872d282ffac460bf9770b25ac6f102cda0e6ca7158df98c94e8b3da", 20470363),
            ),
            settings=_settings("What does the review think of the film?", molam=(0.01, 5, 300)),
            texts_licence="no licence stated (hub data set stanfordnlp/imdb, Large Movie Review Dataset)",
        ),
    )
}
