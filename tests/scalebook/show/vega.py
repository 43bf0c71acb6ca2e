"""Expressions of Vega's, as Vega itself has them."""

import html
import re

import vl_convert


def followed(expressions, known):
    """Return what named expressions come to, as text by name; each may name those before it."""
    names = [*expressions]
    signals = [{"name": name, "update": each} for name, each in expressions.items()]
    return dict(zip(names, _texts(names, known, signals), strict=True))


def evaluated(*expressions, **signals):
    """Return what expressions come to, as text, where these signals are known."""
    return _texts(expressions, signals)


def _texts(expressions, known, more=()):
    shown = [{"type": "text", "encode": {"update": {"text": {"signal": f"'' + ({each})"}}}}
             for each in expressions]  # fmt: skip
    signals = [{"name": name, "value": value} for name, value in known.items()]
    spec = {"$schema": "https://vega.github.io/schema/vega/v5.json",
            "signals": [*signals, *more], "marks": shown}  # fmt: skip
    return [
        html.unescape(text)
        for text in re.findall(r"<text [^>]*>(.*?)</text>", vl_convert.vega_to_svg(spec))
    ]
