"""The figures of the chapters, measured as a browser draws them."""

from tests.browser.conftest import HTML, Seen

_TEXTS_CUT_OFF = """(drawing) => {
  document.body.innerHTML = drawing;
  const frame = document.querySelector("svg").getBoundingClientRect();
  return [...document.querySelectorAll("g[id^='text_']")].filter((text) => {
    const box = text.getBoundingClientRect();
    return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1
      || box.top < frame.top - 1 || box.bottom > frame.bottom + 1);
  }).map((text) => text.innerHTML.match(/<!--(.*?)-->/)?.[1].trim() ?? text.id);
}"""


def test_no_text_is_cut_off_at_the_edge_of_a_figure(seen: Seen) -> None:
    page = seen.page
    page.set_content("<body style='margin: 50px'></body>")
    found = {}
    drawings = sorted(HTML.glob("_images/*.svg"))
    assert len(drawings) > 20
    for path in drawings:
        drawing = path.read_text("utf-8")
        if cut := page.evaluate(_TEXTS_CUT_OFF, drawing[drawing.index("<svg") :]):
            found[path.name] = cut
    assert found == {}
