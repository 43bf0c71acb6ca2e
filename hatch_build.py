"""The README as a package's page shows it, where links into the repository lead nowhere."""

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

#: Address of the repository, https://host/owner/name, as for the pages of the book.
VARIABLE = "SCALEBOOK_REPOSITORY"

_LINK = re.compile(r"(!?)\[([^\[\]]*)\]\((?!https?:|#)([^\s()]+)\)")


class Readme(MetadataHookInterface):
    """Gives the package its description when it is built."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the README to the metadata, for the release of this version."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        address = os.environ.get(VARIABLE, "").rstrip("/").removesuffix(".git")
        text = standalone(text, address, f"v{metadata['version']}")
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def standalone(text: str, address: str, tag: str) -> str:
    """Return Markdown whose links into the repository are absolute.

    Where the address is not known a link is its text, and a picture is left out.
    """

    def absolute(link: re.Match[str]) -> str:
        picture, said, place = link.groups()
        if not address:
            return "" if picture else said
        return f"{picture}[{said}]({address}/{'raw' if picture else 'blob'}/{tag}/{place})"

    return re.sub(r"\n{3,}", "\n\n", _LINK.sub(absolute, text))
