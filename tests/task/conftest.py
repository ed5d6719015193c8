from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent / "complaints.toml"


@pytest.fixture
def example() -> str:
    return EXAMPLE.read_text("utf-8")


@pytest.fixture
def saved(tmp_path):
    """Write a task file below a folder with a blank and an accent; return its path."""

    def save(text: str | bytes, name: str = "task.toml") -> Path:
        path = tmp_path / "meine Tâche" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return save
