"""Charts as inline SVG: drawn by altair and vl-convert, then rebuilt from a short list of harmless elements.

A chart says nothing that the table under it does not say. Colours are variables of the page, so that it
follows light, dark and paper; each chart comes in a wide and a narrow drawing, of which the page shows one.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final
from unicodedata import category
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    import altair as alt

    Chart = alt.LayerChart | alt.FacetChart

MOST_ROWS: Final = 14
"""Bars in one chart; longer lists are for the table."""

MOST_POINTS, MOST_POINTS_NARROW = 16, 7
"""Rounds in a trend; older ones are in the table."""

TITLE_LETTERS, SUBTITLE_LETTERS, TITLE_LINES = 62, 84, 3
"""What fits above a picture of this width."""

JOINERS: Final = "\u200d\ufe0e\ufe0f"
"""What stands between and after the parts of a picture letter."""

PIXELS: Final = 2
"""Of a picture for each pixel of the drawing, so that it is sharp on a phone."""

TEXT: Final = 13
"""Font size in pixels, so that the narrow drawing is readable on a phone at its own size."""

# The drawing knows these colours, the page gives them their meaning.
ACCENT, SOFT, TRACK, INK, QUIET = "#0a7c70", "#a9b4b2", "#eef1f0", "#1c2423", "#5d6866"
VARIABLES: Final = {
    ACCENT: "var(--accent)",
    SOFT: "var(--soft)",
    TRACK: "var(--track)",
    INK: "var(--ink)",
    QUIET: "var(--quiet)",
}

SHAPES: Final = {
    "g": ("transform",),
    "path": ("d", "transform", "fill", "stroke", "stroke-width", "opacity"),
    "line": ("x2", "y2", "transform", "stroke", "stroke-width", "opacity", "stroke-linecap"),
    "text": ("transform", "text-anchor", "font-size", "font-weight", "fill"),
}
"""All that may stand in a drawing: elements and their attributes."""

SVG: Final = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One bar: lengths are fractions of the whole, ``text`` is what stands at its end."""

    label: str
    text: str
    value: float
    low: float | None = None
    high: float | None = None
    strong: bool = False
    faint: bool = False
    """Withheld: the bar only says how long it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point between two axes: each estimate with the ends of its interval."""

    label: str
    x: tuple[float, float, float]
    y: tuple[float, float, float]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart in both widths, as SVG source."""

    wide: str
    narrow: str

    def __html__(self) -> str:
        """For templates. The style sheet shows the width that fits and hides the other from every reader."""
        return f'<div class="wide">{self.wide}</div><div class="narrow">{self.narrow}</div>'


def bars(rows: Sequence[Row], title: str) -> Drawing:
    """Horizontal bars, one below the other, each with its label, its share and its interval."""
    shown = _values(rows[:MOST_ROWS])
    return Drawing(wide=_svg("beside", shown, title), narrow=_svg("above", shown, title))


def columns(rows: Sequence[Row], title: str) -> Drawing:
    """Upright bars side by side, for scales of many points; the highest fills the drawing."""
    top = max([0.1, *(row.high or row.value for row in rows)])
    shown = _values(rows, 1 / top)
    # side by side on a phone there is no room for "≤ 2 %"; a faint bar says as much
    bare = [{**value, "text": ""} if row.faint else value for row, value in zip(rows, shown, strict=True)]
    return Drawing(wide=_svg("upright", shown, title), narrow=_svg("upright_narrow", bare, title))


def gauge(value: float, low: float, high: float, title: str) -> Drawing:
    """One estimate and its interval on a line from 0 to 1."""
    shown = _values([Row(label="", text="", value=value, low=low, high=high)])
    return Drawing(wide=_svg("line", shown, title), narrow=_svg("line_narrow", shown, title))


def trend(rows: Sequence[Row], title: str) -> Drawing:
    """Points from round to round with their intervals, the newest ones that fit."""
    wide, narrow = _values(rows[-MOST_POINTS:]), _values(rows[-MOST_POINTS_NARROW:])
    return Drawing(wide=_svg("rounds", wide, title), narrow=_svg("rounds_narrow", narrow, title))


def scatter(points: Sequence[Point], lines: tuple[float, float], title: str) -> Drawing:
    """Points with a cross of their intervals, and the two lines that divide the field."""
    ends = [end for point in points for end in point.y]
    least, most = min(0.0, *ends), max(1.0, *ends)
    values: list[dict[str, Any]] = [
        {
            "label": point.label,
            **dict(zip(("x", "left", "right"), point.x, strict=True)),
            **{
                name: (end - least) / (most - least)
                for name, end in zip(("y", "low", "high"), point.y, strict=True)
            },
            "line_x": lines[0],
            "line_y": (lines[1] - least) / (most - least),
            "color": ACCENT if point.strong else QUIET,
        }
        for point in points
    ]
    return Drawing(wide=_svg("field", values, title), narrow=_svg("field_narrow", values, title))


def png(rows: Sequence[Row], title: str, subtitle: str) -> bytes:
    """Bars as a picture with words of its own, on white, for where no style sheet reaches."""
    import vl_convert

    plain = _specification("beside")
    bare = [replace(row, label=_without_marks(row.label)) for row in rows[:MOST_ROWS]]
    specification: dict[str, Any] = {
        **plain,
        "config": {**plain["config"], "view": {"stroke": "transparent"}},
        "data": {"values": _values(bare)},
        "background": "#ffffff",
        "padding": 24,
        "title": {
            "text": wrap(_without_marks(title), TITLE_LETTERS)[:TITLE_LINES],
            "subtitle": wrap(_without_marks(subtitle), SUBTITLE_LETTERS)[:TITLE_LINES],
            "anchor": "start", "frame": "bounds", "offset": 18, "fontSize": 19, "color": INK,
            "subtitleFontSize": 14, "subtitleColor": QUIET, "subtitlePadding": 6,
        },
    }  # fmt: skip
    drawn: bytes = vl_convert.vegalite_to_png(specification, scale=PIXELS)
    return drawn


def _without_marks(words: str) -> str:
    """The words beside faces and stars: whether this machine has letters for those, nobody knows."""
    kept = "".join(one for one in words if category(one) != "So" and one not in JOINERS)
    return " ".join(kept.split()) or words


def _values(rows: Sequence[Row], scale: float = 1.0) -> list[dict[str, Any]]:
    return [
        {
            "place": place,
            "label": row.label,
            "text": row.text,
            "value": row.value * scale,
            "low": None if row.low is None else row.low * scale,
            "high": None if row.high is None else row.high * scale,
            "color": ACCENT if row.strong else SOFT,
            "opacity": 0.45 if row.faint else 1.0,
        }
        for place, row in enumerate(rows)
    ]


# --- layouts ----------------------------------------------------------------------------------------------


def _beside() -> "Chart":
    """Labels in a column of their own, left of the bars."""
    import altair as alt

    label = alt.Chart().mark_text(align="left", baseline="middle", fontSize=TEXT, color=INK, limit=226)
    text = alt.Chart().mark_text(align="right", baseline="middle", fontSize=TEXT, color=INK, fontWeight=600)
    layers = (
        *_horizontal(320, 12),
        label.encode(x=alt.value(-256), text="label:N"),
        text.encode(x=alt.value(384), text="text:N"),
    )
    return _stacked(layers, 320, 30)


def _above() -> "Chart":
    """Labels above the bars, for a narrow screen."""
    import altair as alt

    label = alt.Chart().mark_text(align="left", baseline="bottom", fontSize=TEXT, color=INK, limit=240, dy=-9)
    text = alt.Chart().mark_text(
        align="right", baseline="bottom", fontSize=TEXT, color=INK, fontWeight=600, dy=-9
    )
    layers = (
        *_horizontal(320, 10),
        label.encode(x=alt.value(0), text="label:N"),
        text.encode(x=alt.value(320), text="text:N"),
    )
    return _stacked(layers, 320, 46)


def _horizontal(width: int, height: int) -> Iterator["alt.Chart"]:
    """Track, bar and interval."""
    import altair as alt

    x = alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, 1]), stack=None)
    color = alt.Color("color:N", scale=None)
    opacity = alt.Opacity("opacity:Q", scale=None)
    rule = alt.Chart().mark_rule(strokeWidth=1.2, color=INK)
    yield alt.Chart().mark_bar(height=height, color=TRACK).encode(x=alt.value(0), x2=alt.value(width))
    yield alt.Chart().mark_bar(height=height).encode(x=x, color=color, opacity=opacity)
    yield rule.encode(x=alt.X("low:Q", axis=None), x2=alt.X2("high:Q"))


def _stacked(layers: Sequence["alt.Chart"], width: int, step: int) -> "Chart":
    import altair as alt

    y = alt.Y("place:O", axis=None, scale=alt.Scale(padding=0))
    chart = alt.layer(*(layer.encode(y=y) for layer in layers))
    return chart.properties(width=width, height=alt.Step(step))


def _upright(width: int) -> "Chart":
    import altair as alt

    x = alt.X("place:O", axis=None, scale=alt.Scale(paddingInner=0.25, paddingOuter=0.1))
    y = alt.Y("value:Q", axis=None, scale=alt.Scale(domain=[0, 1.12]), stack=None)
    color = alt.Color("color:N", scale=None)
    opacity = alt.Opacity("opacity:Q", scale=None)
    rule = alt.Chart().mark_rule(strokeWidth=1.2, color=INK)
    number = alt.Chart().mark_text(baseline="top", fontSize=TEXT, color=INK, dy=6)
    share = alt.Chart().mark_text(baseline="bottom", fontSize=TEXT - 3, color=QUIET, dy=-4)
    layers = (
        alt.Chart().mark_bar().encode(y=y, color=color, opacity=opacity),
        rule.encode(y=alt.Y("low:Q", axis=None), y2=alt.Y2("high:Q")),
        number.encode(y=alt.value(150), text="label:N"),
        share.encode(y=alt.Y("high:Q", axis=None), text="text:N"),
    )
    return alt.layer(*(layer.encode(x=x) for layer in layers)).properties(width=width, height=150)


def _rounds(width: int) -> "Chart":
    """A line through the estimates, each with its interval, its value above and its day below."""
    import altair as alt

    x = alt.X("place:O", axis=None, scale=alt.Scale(type="point", padding=0.6))
    y = alt.Y("value:Q", axis=None, scale=alt.Scale(domain=[0, 1.06]))
    color = alt.Color("color:N", scale=None)
    floor = alt.Chart().mark_rule(strokeWidth=1, color=SOFT).encode(y=alt.value(150))
    line = alt.Chart().mark_line(strokeWidth=2, color=SOFT)
    rule = alt.Chart().mark_rule(strokeWidth=1.2, color=INK)
    point = alt.Chart().mark_circle(size=70, opacity=1)
    share = alt.Chart().mark_text(baseline="bottom", fontSize=TEXT - 1, color=INK, dy=-5)
    day = alt.Chart().mark_text(baseline="top", fontSize=TEXT - 1, color=QUIET, dy=7)
    layers = (
        line.encode(x=x, y=y),
        rule.encode(x=x, y=alt.Y("low:Q", axis=None), y2=alt.Y2("high:Q")),
        point.encode(x=x, y=y, color=color),
        share.encode(x=x, y=alt.Y("high:Q", axis=None), text="text:N"),
        day.encode(x=x, y=alt.value(150), text="label:N"),
    )
    return alt.layer(floor, *layers).properties(width=width, height=150)


def _field(width: int, height: int) -> "Chart":
    """Two axes from 0 to 1 without ticks, the dividing lines, crosses and numbers."""
    import altair as alt

    across = alt.Scale(domain=[0, 1])
    x, y = alt.X("x:Q", axis=None, scale=across), alt.Y("y:Q", axis=None, scale=across)
    color = alt.Color("color:N", scale=None)
    edge = alt.Chart().mark_bar(color=TRACK, opacity=0.45)
    dividing = alt.Chart().mark_rule(strokeWidth=1, color=SOFT)
    cross = alt.Chart().mark_rule(strokeWidth=1.2)
    number = alt.Chart().mark_text(
        align="left", baseline="bottom", fontSize=TEXT + 1, fontWeight=600, dx=6, dy=-4
    )
    layers = (
        edge.encode(x=alt.value(0), x2=alt.value(width), y=alt.value(0), y2=alt.value(height)),
        dividing.encode(x=alt.X("line_x:Q", axis=None, scale=across), y=alt.value(0), y2=alt.value(height)),
        dividing.encode(y=alt.Y("line_y:Q", axis=None, scale=across), x=alt.value(0), x2=alt.value(width)),
        cross.encode(x=alt.X("left:Q", axis=None), x2=alt.X2("right:Q"), y=y, color=color),
        cross.encode(y=alt.Y("low:Q", axis=None), y2=alt.Y2("high:Q"), x=x, color=color),
        alt.Chart().mark_circle(size=60, opacity=1).encode(x=x, y=y, color=color),
        number.encode(x=x, y=y, text="label:N", color=color),
    )
    return alt.layer(*layers).properties(width=width, height=height)


def _line(width: int) -> "Chart":
    import altair as alt

    x = alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, 1]), stack=None)
    track = alt.Chart().mark_bar(height=6, color=TRACK)
    interval = alt.Chart().mark_bar(height=6, color=ACCENT, opacity=0.4)
    mark = alt.Chart().mark_tick(thickness=4, size=16, color=ACCENT, opacity=1)
    layers = (
        track.encode(x=alt.value(0), x2=alt.value(width)),
        interval.encode(x=alt.X("low:Q", axis=None), x2=alt.X2("high:Q")),
        mark.encode(x=x),
    )
    return alt.layer(*(layer.encode(y=alt.value(8)) for layer in layers)).properties(width=width, height=16)


LAYOUTS: Final[Mapping[str, tuple[Callable[[], "Chart"], int]]] = {
    "beside": (_beside, 640),
    "above": (_above, 320),
    "upright": (lambda: _upright(640), 640),
    "upright_narrow": (lambda: _upright(320), 320),
    "rounds": (lambda: _rounds(640), 640),
    "rounds_narrow": (lambda: _rounds(320), 320),
    "field": (lambda: _field(640, 340), 640),
    "field_narrow": (lambda: _field(320, 300), 320),
    "line": (lambda: _line(640), 640),
    "line_narrow": (lambda: _line(320), 320),
}
"""How a drawing is laid out, and how wide it is at least."""


@cache
def _specification(layout: str) -> dict[str, Any]:
    """A layout without data. altair takes a tenth of a second to check one, so that is done once."""
    chart: Any = LAYOUTS[layout][0]()
    plain = chart.properties(data={"name": "rows"}).configure_view(stroke=None)
    found: dict[str, Any] = plain.configure(font="sans-serif", padding=0).to_dict()
    return found


# --- from the drawing to the page -------------------------------------------------------------------------


def _svg(layout: str, values: list[dict[str, Any]], title: str) -> str:
    import vl_convert

    specification = {**_specification(layout), "data": {"values": values}}
    drawn = ET.fromstring(vl_convert.vegalite_to_svg(specification))  # noqa: S314  # our own drawing
    width = LAYOUTS[layout][1]
    box = f"0 0 {_round(str(width))} {_round(drawn.get('height', '0'))}"
    root = ET.Element("svg", {"viewBox": box, "role": "img", "aria-label": title})
    root.extend(_clean(child) for child in drawn if child.tag.removeprefix(SVG) in SHAPES)
    return ET.tostring(root, encoding="unicode")


def _clean(element: ET.Element) -> ET.Element:
    """The same element with nothing but known children, attributes and colours."""
    name = element.tag.removeprefix(SVG)
    kept = ET.Element(name, dict(_attributes(element, SHAPES[name])))
    if name == "text":
        kept.text = element.text
    elif name == "path" and "stroke" in kept.attrib:
        kept.attrib.setdefault("fill", "none")
    for child in element:
        if child.tag.removeprefix(SVG) in SHAPES and _draws(child):
            kept.append(_clean(child))
    return kept


def _draws(element: ET.Element) -> bool:
    """Whether there is anything to see."""
    if element.get("class") in ("background", "foreground"):
        return False
    return element.tag != f"{SVG}g" or any(_draws(child) for child in element)


def _attributes(element: ET.Element, allowed: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in allowed:
        value = element.get(name)
        if value is None or (name == "opacity" and value == "1"):
            continue
        yield name, VARIABLES.get(value, _round(value))


def _round(numbers: str) -> str:
    """Every number to one decimal: a tenth of a pixel is seen by nobody."""
    return re.sub(r"\d+\.\d+", lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), numbers)
