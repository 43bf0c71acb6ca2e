"""The calculators on their page, as Sphinx directives.

A form and its first results are written here; the page's scripts (`book/_static/calculators*.js`)
then fill in what follows from the reader's own values.
"""

import json
from collections.abc import Mapping
from html import escape

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from scalebook.calculators import forms, formulas
from scalebook.calculators.forms import (
    CALCULATORS,
    TO,
    Calculator,
    Group,
    Line,
    cell,
    entry,
    filled,
)
from scalebook.calculators.formulas import Answer
from scalebook.chapters.parameter import Parameter
from scalebook.show import palette
from scalinglaws.errors import ScalingLawsError

_COLOURS = {
    "first": palette.BLUE,
    "second": palette.ORANGE,
    "third": palette.GREEN,
    "marked": palette.VERMILION,
    "ink": palette.INK,
    "grey": palette.GREY,
}


_NO_SCRIPT = (
    "The fields of this calculator need JavaScript, which is off here. The table holds the results "
    "for the default values; for others, give them to the command below it."
)


class CalculatorForm(SphinxDirective):
    """A calculator by its name: form, results for the defaults, and the command for them."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the calculator."""
        name = self.arguments[0]
        if name not in CALCULATORS:
            raise self.error(f"no such calculator: {name}; there are {', '.join(CALCULATORS)}")
        try:
            return [nodes.raw("", form_html(name), format="html")]
        except ScalingLawsError as error:
            raise self.error(str(error)) from None


class CalculatorData(SphinxDirective):
    """What the calculators of a page compute from."""

    def run(self) -> list[nodes.Node]:
        """Return the constants in an element that shows nothing."""
        content = {
            **formulas.export(),
            "notes": formulas.notes(),
            "styles": {
                name: {"of": forms.style_of(name), "summary": each.summary}
                for name, each in CALCULATORS.items()
            },
            "colours": _COLOURS | {f"{n}Text": palette.text_colour(c) for n, c in _COLOURS.items()},
        }
        data = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        data = data.replace("</", r"<\/")
        html = f'<script type="application/json" id="calculators-data">{data}</script>'
        return [nodes.raw("", html, format="html")]


def form_html(name: str) -> str:
    """Return a calculator as HTML."""
    shown, answer = CALCULATORS[name], formulas.calculate(name)
    known = {each.name: each for each in formulas.fields(name)}
    groups = "".join(_group(name, group, known) for group in shown.groups)
    command = escape("\n".join(forms.shell_commands(name, {})))
    return f"""<div class="calculator" id="calculator-{name}" data-calculator="{name}">
<noscript><p class="calculator-note">{_NO_SCRIPT}</p></noscript>
<form class="calculator-form" aria-label="Values: {name}" autocomplete="off" novalidate>
{groups}<div class="calculator-buttons">
<button type="button" data-copy>Copy link to this setting</button>
<button type="reset">Reset</button>
<span class="calculator-said" role="status"></span>
</div>
</form>
<div class="calculator-results">
<p class="calculator-summary" role="status">{escape(forms.summary(name, answer))}</p>
<p class="calculator-note calculator-stale" role="status"></p>
<figure class="calculator-figure" hidden>
<div class="calculator-chart" role="img" aria-label="{escape(shown.chart)}"></div>
<figcaption><p></p></figcaption>
</figure>
{_table(name, shown, answer)}
</div>
<p class="calculator-note">The same numbers on the command line:</p>
<div class="highlight-sh notranslate"><div class="highlight"><pre class="calculator-command" \
tabindex="0">{command}</pre></div></div>
</div>
"""


def _group(calculator: str, group: Group, known: Mapping[str, Parameter]) -> str:
    rows = "".join(_field(calculator, known[name], text) for name, text in group.labels.items())
    body = f'<div class="calculator-fields">{rows}</div>'
    if group.folded:
        return f"<details><summary>{escape(filled(group.heading))}</summary>{body}</details>\n"
    return f"<fieldset><legend>{escape(filled(group.heading))}</legend>{body}</fieldset>\n"


def _field(calculator: str, each: Parameter, label: str) -> str:
    name = f"{calculator}-{each.name}"
    # Beside its fellow "to" is plain enough; read out alone it is not.
    more = f'<span class="sr-only"> ({escape(each.meaning)})</span>' if label == TO else ""
    about = formulas.notes().get(f"{calculator}.{each.name}", {})
    hint = about.get(str(each.default), formulas.bounds(each))
    # The page's script does the same for what the reader gives.
    values = formulas.check(calculator, {})
    idle = calculator == "planner" and each.name in formulas.unused(calculator, values)
    return (
        f'<div class="calculator-field"{" hidden" * idle}>'
        f'<label for="{name}">{escape(filled(label))}{more}</label>'
        f'{_control(name, each)}<p class="calculator-hint" id="{name}-hint">{escape(hint)}</p>'
        f'<p class="calculator-error" id="{name}-error" hidden></p></div>'
    )


def _control(name: str, each: Parameter) -> str:
    attributes = f'id="{name}" name="{each.name}" aria-describedby="{name}-hint {name}-error"'
    if not each.choices:
        value = escape(entry(each.default))
        return f'<input {attributes} type="text" spellcheck="false" value="{value}">'
    options = "".join(
        f'<option value="{escape(one)}"{" selected" * (one == each.default)}>'
        f"{escape(forms.choice(one))}</option>"
        for one in each.choices
    )
    return f"<select {attributes}>{options}</select>"


def _table(name: str, shown: Calculator, answer: Answer) -> str:
    head = "".join(
        f'<th scope="col">{escape(filled(column))}</th>' if column else "<td></td>"
        for column in shown.columns
    )
    body = "".join(
        f'<tr{" hidden" * forms.is_empty(line, answer)}><th scope="row">'
        f"{escape(filled(line.label))}</th>{_row(line, answer)}</tr>"
        for line in shown.lines
    )
    return (
        f'<div class="table-box" role="region" tabindex="0" aria-label="Table: results of {name}">'
        f'<table class="numbers"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _row(line: Line, answer: Answer) -> str:
    return "".join(
        f"<td{_attributes(key)}>{escape(cell(key, line.style, answer))}</td>" for key in line.keys
    )


def _attributes(key: str) -> str:
    if not key:
        return ""
    kind = "data-interval" if key.endswith("~") else "data-key"
    return f' {kind}="{escape(key.removesuffix("~"))}"'
