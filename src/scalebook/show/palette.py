"""The colours of the book's figures and charts."""

#: Colours that stay apart for the common kinds of colour blindness: seaborn's "colorblind", written
#: out because seaborn takes two seconds to import; a test compares.
PALETTE = (
    "#0173b2", "#de8f05", "#029e73", "#d55e00", "#cc78bc", "#ca9161", "#fbafe4", "#949494",
    "#ece133", "#56b4e9",
)  # fmt: skip
BLUE, ORANGE, GREEN, VERMILION, PURPLE, BROWN, PINK, _, YELLOW, SKY = PALETTE
INK = "#222222"
GREY = "#6f6f6f"  # darker than the palette's, so that text in it is legible on white and on black

_CONTRAST = 4.5


def text_colour(colour: str) -> str:
    """Return a colour dark enough for text on white: a contrast of 4.5 (WCAG 2, level AA).

    On dark pages figures are turned over, and what is dark enough here is light enough there.

    Parameters
    ----------
    colour : str
        Six hexadecimal digits after a #, as is what is returned.
    """
    rgb = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    while 1.05 / (_luminance(rgb) + 0.05) < _CONTRAST:
        rgb = [0.97 * part for part in rgb]
    return "#" + "".join(f"{round(255 * part):02x}" for part in rgb)


def _luminance(rgb: list[float]) -> float:
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
