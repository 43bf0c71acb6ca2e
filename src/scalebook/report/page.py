"""A study as one HTML file that needs nothing else: no network, no script, no other file."""

import html

from scalebook.report import svg, words
from scalebook.report.drawings import Drawing
from scalebook.report.study import Study
from scalebook.report.words import Block, Command, Grid, Points, Text

_STYLE = """
:root{color-scheme:light dark;--ink:#1c2126;--muted:#555e69;--ground:#fff;--soft:#f4f6f8;
--rule:#d0d5db;--link:#1f5fa8}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ec;--muted:#a9b3be;--ground:#14181c;
--soft:#1d2329;--rule:#3d444d;--link:#8ab8f0}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:54rem;padding:1rem 1.1rem 3rem;background:var(--ground);
color:var(--ink);font:1rem/1.55 system-ui,sans-serif;overflow-wrap:break-word}
h1{font-size:1.7rem;line-height:1.2;margin:1rem 0 .3rem}
h2{font-size:1.25rem;margin:2.2rem 0 .6rem;padding-top:.8rem;border-top:1px solid var(--rule)}
p,ul{max-width:44rem}.muted,figcaption,caption{color:var(--muted)}
a{color:var(--link)}nav ul{columns:2 14rem;padding-left:1.1rem}
figure{margin:1.4rem 0}figcaption p{max-width:42rem;font-size:.93rem;margin:.4rem 0 0}
.box{overflow-x:auto;margin:1.1rem 0}
.box:focus-visible,a:focus-visible{outline:2px solid var(--link)}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding-bottom:.4rem}
th,td{padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--rule);text-align:left;
vertical-align:top}
td{white-space:nowrap}td.long{white-space:normal;overflow-wrap:anywhere}
thead th{border-bottom-width:2px}tbody th{font-weight:400}th.long{min-width:9rem}
pre{background:var(--soft);padding:.7rem .8rem;white-space:pre-wrap;overflow-wrap:anywhere;
font-size:.87rem}
@media print{body{max-width:none;padding:0}figure,tr,pre{break-inside:avoid}h2{break-after:avoid}
nav{display:none}.box{overflow:visible}td{white-space:normal}}
"""

_LONG = 40  # characters from which a cell may break


def write(study: Study) -> str:
    """Return the page.

    Parameters
    ----------
    study : Study

    Returns
    -------
    str
        HTML, whose bytes depend on the study alone.
    """
    parts = words.sections(study)
    name = html.escape(study.runs.name)
    links = "".join(
        f'<li><a href="#{anchor(part.title)}">{html.escape(part.title)}</a></li>' for part in parts
    )
    body = "\n".join(
        f'<section aria-labelledby="{anchor(part.title)}">\n'
        f'<h2 id="{anchor(part.title)}">{html.escape(part.title)}</h2>\n'
        + "\n".join(block(each) for each in part.blocks)
        + "\n</section>"
        for part in parts
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Training runs: {name}</title>\n"
        f"<style>{_STYLE}{svg.STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>What the runs in {name} say</h1>\n"
        '<p class="muted">A report on training runs and the scaling laws fitted to them.</p>\n'
        f'<nav aria-label="Contents"><ul>{links}</ul></nav>\n{body}\n</main>\n</body>\n</html>\n'
    )


def anchor(title: str) -> str:
    """Return the address of a section within the page."""
    return title.lower().replace(" ", "-")


def block(content: Block) -> str:
    """Return one block as HTML, without blank lines."""
    if isinstance(content, Text):
        return f"<p>{html.escape(content.text)}</p>"
    if isinstance(content, Points):
        return f"<ul>{''.join(f'<li>{html.escape(item)}</li>' for item in content.items)}</ul>"
    if isinstance(content, Command):
        lines = html.escape("\n".join(content.lines))
        return f'<pre tabindex="0">{lines}</pre>'
    if isinstance(content, Drawing):
        return drawing(content)
    return table_html(content)


def drawing(content: Drawing) -> str:
    """Return a figure as HTML."""
    return (
        f'<figure id="figure-{content.name}">{content.chart}'
        f"<figcaption><p>{html.escape(content.caption)}</p></figcaption></figure>"
    )


def table_html(content: Grid, style: str = "box", table_style: str = "numbers") -> str:
    """Return a table as HTML, in a box of its own that can be scrolled by keyboard."""
    caption = html.escape(content.caption)
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in content.columns)
    wide = ' class="long"' if max((len(row[0]) for row in content.rows), default=0) > 14 else ""
    body = "".join(
        f'<tr><th scope="row"{wide}>{html.escape(first)}</th>{"".join(map(_cell, rest))}</tr>'
        for first, *rest in content.rows
    )
    label = html.escape(f"Table: {content.caption}", quote=True)
    return (
        f'<div class="{style}" role="region" tabindex="0" aria-label="{label}">'
        f'<table class="{table_style}"><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(text: str) -> str:
    long = ' class="long"' if len(text) > _LONG else ""
    return f"<td{long}>{html.escape(text)}</td>"
