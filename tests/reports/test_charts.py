"""Charts are inline SVG of harmless shapes that follow the page's colours."""

from xml.etree import ElementTree as ET

import pytest

from reports.charts import MOST_ROWS, SHAPES, Drawing, Row, bars, columns, gauge

SVG_ATTRIBUTES = {"viewBox", "role", "aria-label"}


def row(label: str = "Label", **values: float) -> Row:
    """A bar of half the width."""
    return Row(label=label, text="50 %", **{"value": 0.5, "low": 0.4, "high": 0.6, **values})  # type: ignore[arg-type]


DRAWINGS = {
    "bars": lambda: bars([row(), row(strong=True), row(faint=True)], "Bars"),
    "bars without intervals": lambda: bars([Row(label="a", text="3", value=0.1)], "Bars"),
    "columns": lambda: columns([row(str(number), strong=number > 8) for number in range(11)], "Columns"),
    "gauge": lambda: gauge(0.6, 0.5, 0.7, "Gauge"),
    "nothing": lambda: bars([], "Nothing"),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_holds_nothing_but_shapes(name: str) -> None:
    """Only listed elements and attributes, no colour of its own, one label for those who cannot see it."""
    drawing = DRAWINGS[name]()
    for source in (drawing.wide, drawing.narrow):
        root = ET.fromstring(source)
        assert (root.tag, root.get("role"), bool(root.get("aria-label"))) == ("svg", "img", True)
        assert set(root.attrib) == SVG_ATTRIBUTES
        for element in root.iter():
            if element is not root:
                assert set(element.attrib) <= set(SHAPES[element.tag])
                for colour in (element.get("fill"), element.get("stroke")):
                    assert colour is None or colour == "none" or colour.startswith("var(--")


def lengths(source: str) -> list[float]:
    """Lengths of the coloured bars of a drawing, in pixels."""
    paths = [path for path in ET.fromstring(source).iter("path") if path.get("fill") == "var(--soft)"]
    return [float(str(path.get("d")).split("h")[1].split("v")[0]) for path in paths]


def test_bars_are_as_long_as_their_shares() -> None:
    """A quarter is a quarter of the track, and the whole is all of it."""
    drawing = bars([row(value=0.25), row(value=1.0)], "Bars")
    quarter, whole = lengths(drawing.wide)
    assert quarter == pytest.approx(whole / 4, abs=0.1)
    quarter, whole = lengths(drawing.narrow)
    assert quarter == pytest.approx(whole / 4, abs=0.1)


def test_words_in_a_drawing_stay_words() -> None:
    """A label that looks like markup is text, whoever wrote it."""
    evil = '"><script>alert(1)</script><a href="javascript:alert(1)">&amp;'
    drawing = bars([Row(label=evil, text="<b>5</b>", value=0.1)], evil)
    for source in (drawing.wide, drawing.narrow):
        root = ET.fromstring(source)
        assert {element.tag for element in root.iter()} <= {"svg", *SHAPES}
        assert "<script" not in source
        assert root.get("aria-label") == evil
        assert "<b>5</b>" in [text.text for text in root.iter("text")]


def test_a_narrow_drawing_leaves_out_what_would_not_fit() -> None:
    """Withheld shares of neighbouring columns would run into each other on a phone."""
    drawing = columns([Row(label="0", text="≤ 2 %", value=0.02, high=0.1, faint=True), row("1")], "Columns")
    assert ("≤ 2 %" in drawing.wide, "≤ 2 %" in drawing.narrow) == (True, False)
    assert "50 %" in drawing.narrow


def test_long_lists_are_cut() -> None:
    """A chart draws the first rows; the rest is the table's."""
    drawing = bars([row() for _ in range(1000)], "Many")
    assert drawing.wide.count("<text") == 2 * MOST_ROWS


def test_a_drawing_comes_in_two_widths() -> None:
    """The template gets both, and the style sheet shows one."""
    assert Drawing("<svg>1</svg>", "<svg>2</svg>").__html__() == (
        '<div class="wide"><svg>1</svg></div><div class="narrow"><svg>2</svg></div>'
    )
