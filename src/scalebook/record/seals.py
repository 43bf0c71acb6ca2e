"""What binds results to the executed notebook that they came from, so that a change is seen."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def seal(content: Mapping[str, Any], notebook: str) -> str:
    """Return the hash that binds results to the executed notebook that they came from.

    Parameters
    ----------
    content : mapping
        The results; a seal among them does not count.
    notebook : str
        The text of the executed notebook.
    """
    rest = {key: value for key, value in content.items() if key != "seal"}
    text = json.dumps(rest, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{text}\0{notebook}".encode()).hexdigest()


def sealed(results: Path, notebook: Path) -> bool:
    """Return whether results and executed notebook are as a run left them, and of one run."""
    try:
        content = json.loads(results.read_text(encoding="utf-8"))
        return bool(content["seal"] == seal(content, notebook.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False
