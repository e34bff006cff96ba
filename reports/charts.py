"""Charts as inline SVG: drawn by altair and vl-convert, then rebuilt from a short list of harmless elements.

A chart says nothing that the table under it does not say. Colours are variables of the page, so that it
follows light, dark and paper; each chart comes in a wide and a narrow drawing, of which the page shows one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    import altair as alt

    Chart = alt.LayerChart | alt.FacetChart

MOST_ROWS: Final = 14
"""Bars in one chart; longer lists are for the table."""

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
    "path": ("d", "fill", "stroke", "stroke-width", "opacity"),
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
    shown = rows[:MOST_ROWS]
    return Drawing(wide=_svg(_beside(shown), title, 640), narrow=_svg(_above(shown), title, 320))


def columns(rows: Sequence[Row], title: str) -> Drawing:
    """Upright bars side by side, for scales of many points."""
    return Drawing(wide=_svg(_upright(rows, 620), title, 640), narrow=_svg(_upright(rows, 300), title, 320))


def _data(rows: Sequence[Row]) -> "alt.InlineData":
    import altair as alt

    return alt.InlineData(
        values=[
            {
                "place": place,
                "label": row.label,
                "text": row.text,
                "value": row.value,
                "low": row.low,
                "high": row.high,
                "color": ACCENT if row.strong else SOFT,
                "opacity": 0.45 if row.faint else 1.0,
            }
            for place, row in enumerate(rows)
        ]
    )


def _beside(rows: Sequence[Row]) -> "Chart":
    """Labels in a column of their own, left of the bars."""
    import altair as alt

    label = alt.Chart().mark_text(align="left", baseline="middle", fontSize=TEXT, color=INK, limit=226)
    text = alt.Chart().mark_text(align="right", baseline="middle", fontSize=TEXT, color=INK, fontWeight=600)
    layers = (
        *_horizontal(320, 12),
        label.encode(x=alt.value(-256), text="label:N"),
        text.encode(x=alt.value(384), text="text:N"),
    )
    return _layered(rows, layers, 320, 30)


def _above(rows: Sequence[Row]) -> "Chart":
    """Labels above the bars, for a narrow screen."""
    import altair as alt

    label = alt.Chart().mark_text(align="left", baseline="bottom", fontSize=TEXT, color=INK, limit=240, dy=-9)
    text = alt.Chart().mark_text(
        align="right", baseline="bottom", fontSize=TEXT, color=INK, fontWeight=600, dy=-9
    )
    layers = (
        *_horizontal(318, 10),
        label.encode(x=alt.value(0), text="label:N"),
        text.encode(x=alt.value(318), text="text:N"),
    )
    return _layered(rows, layers, 318, 46)


def _horizontal(width: int, height: int) -> Iterator["alt.Chart"]:
    """Track, bar and interval."""
    import altair as alt

    x = alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, 1]), stack=None)
    color = alt.Color("color:N", scale=None)
    opacity = alt.Opacity("opacity:Q", scale=None)
    yield alt.Chart().mark_bar(height=height, color=TRACK).encode(x=alt.value(0), x2=alt.value(width))
    yield alt.Chart().mark_bar(height=height).encode(x=x, color=color, opacity=opacity)
    yield (
        alt.Chart()
        .mark_rule(strokeWidth=1.2, color=INK)
        .encode(x=alt.X("low:Q", axis=None), x2=alt.X2("high:Q"))
    )


def _layered(rows: Sequence[Row], layers: Sequence["alt.Chart"], width: int, step: int) -> "Chart":
    import altair as alt

    y = alt.Y("place:O", axis=None, scale=alt.Scale(padding=0))
    chart = alt.layer(*(layer.encode(y=y) for layer in layers), data=_data(rows))
    return chart.properties(width=width, height=alt.Step(step))


def _upright(rows: Sequence[Row], width: int) -> "Chart":
    import altair as alt

    top = 1.12 * max([0.1, *(row.high or row.value for row in rows)])
    x = alt.X("place:O", axis=None, scale=alt.Scale(paddingInner=0.25, paddingOuter=0.1))
    y = alt.Y("value:Q", axis=None, scale=alt.Scale(domain=[0, top]), stack=None)
    number = alt.Chart().mark_text(baseline="top", fontSize=TEXT, color=INK, dy=6)
    share = alt.Chart().mark_text(baseline="bottom", fontSize=TEXT - 3, color=QUIET, dy=-4)
    layers = (
        alt.Chart()
        .mark_bar()
        .encode(y=y, color=alt.Color("color:N", scale=None), opacity=alt.Opacity("opacity:Q", scale=None)),
        alt.Chart()
        .mark_rule(strokeWidth=1.2, color=INK)
        .encode(y=alt.Y("low:Q", axis=None), y2=alt.Y2("high:Q")),
        number.encode(y=alt.value(150), text="label:N"),
        share.encode(y=alt.Y("high:Q", axis=None), text="text:N"),
    )
    chart = alt.layer(*(layer.encode(x=x) for layer in layers), data=_data(rows))
    return chart.properties(width=width, height=150)


# --- from the drawing to the page -------------------------------------------------------------------------


def _svg(chart: "Chart", title: str, width: int) -> str:
    import vl_convert

    plain: Any = chart.configure_view(stroke=None).configure(font="sans-serif", padding=0)
    drawn = ET.fromstring(vl_convert.vegalite_to_svg(plain.to_dict()))  # noqa: S314  # our own drawing
    height = float(drawn.get("height", "0"))
    shift = float(drawn.get("width", "0"))
    root = ET.Element(
        "svg",
        {
            "viewBox": f"0 0 {_round(str(max(shift, width)))} {_round(str(height))}",
            "role": "img",
            "aria-label": title,
        },
    )
    root.extend(_clean(child) for child in drawn if child.tag.removeprefix(SVG) in SHAPES)
    return ET.tostring(root, encoding="unicode")


def _clean(element: ET.Element) -> ET.Element:
    """The same element with nothing but known children, attributes and colours."""
    name = element.tag.removeprefix(SVG)
    kept = ET.Element(name, dict(_attributes(element, SHAPES[name])))
    if name == "text":
        kept.text = element.text
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
