"""Expressions of Vega's, as Vega itself has them."""

import html
import re

import vl_convert


def evaluated(*expressions, **signals):
    """Return what expressions come to, as text, where these signals are known."""
    shown = [{"type": "text", "encode": {"update": {"text": {"signal": f"'' + ({each})"}}}}
             for each in expressions]  # fmt: skip
    known = [{"name": name, "value": value} for name, value in signals.items()]
    spec = {"$schema": "https://vega.github.io/schema/vega/v5.json", "signals": known,
            "marks": shown}  # fmt: skip
    return [
        html.unescape(text)
        for text in re.findall(r"<text [^>]*>(.*?)</text>", vl_convert.vega_to_svg(spec))
    ]
