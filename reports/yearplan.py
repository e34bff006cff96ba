"""A strategy as a picture: what is wanted of members week by week against what they can give, and how it
falls on people.

Drawn for the admin, in English, on white, by altair and vl-convert. Nothing is counted here.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.errors import Problem, UserError
from reports.charts import ACCENT, INK, PIXELS, QUIET, TEXT, TRACK
from scheduler.strategy import Strategy

if TYPE_CHECKING:
    import altair as alt

WIDTH, BARS, MAP = 860, 170, 300
"""Pixels."""
OVER: Final = "#b4442c"
"""What is wanted beyond what people can give."""
SHADES: Final = ("#f4f7f6", "#8cc5bb", "#0a7c70", "#7a3322")
"""From no burden to one beyond what a person can bear."""


def write(found: Strategy, path: Path, zone: tzinfo) -> None:
    """Draw into a file ``.svg`` or ``.png``. Raises UserError for another ending, or where it cannot be."""
    drawn = FORMATS.get(path.suffix.lower())
    if drawn is None:
        raise UserError(
            Problem(message=f"{path} is no picture that can be drawn.", advice="Name it .svg or .png.")
        )
    try:
        path.write_bytes(drawn(found, zone))
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from None


def svg(found: Strategy, zone: tzinfo) -> bytes:
    """The picture as SVG."""
    import vl_convert

    return vl_convert.vegalite_to_svg(_specification(found, zone)).encode()


def png(found: Strategy, zone: tzinfo) -> bytes:
    """The picture as PNG, twice as fine as the SVG."""
    import vl_convert

    drawn: bytes = vl_convert.vegalite_to_png(_specification(found, zone), scale=PIXELS)
    return drawn


FORMATS: Final[Mapping[str, Callable[[Strategy, tzinfo], bytes]]] = {".svg": svg, ".png": png}


def _specification(found: Strategy, zone: tzinfo) -> dict[str, Any]:
    import altair as alt

    shared: dict[str, Any] = {"labelFontSize": TEXT - 1, "titleFontSize": TEXT, "titleFontWeight": "normal"}
    shared |= {"labelColor": INK, "titleColor": QUIET}
    whole = alt.vconcat(_weeks(found, zone), _people(found, zone), spacing=34).properties(
        title=alt.TitleParams(
            text=f"What the next {found.days} days ask of {found.people:,} people",
            subtitle=_summary(found),
            anchor="start",
            offset=16,
            fontSize=19,
            color=INK,
            subtitleFontSize=14,
            subtitleColor=QUIET,
            subtitlePadding=6,
        ),
        background="#ffffff",
        padding=24,
    )
    plain = whole.configure(font="sans-serif").configure_view(stroke=None)
    plain = plain.configure_axis(domain=False, ticks=False, gridColor=TRACK, **shared)
    drawn: dict[str, Any] = plain.configure_legend(**shared).to_dict()
    return drawn


def _summary(found: Strategy) -> list[str]:
    over = len(found.over)
    weeks = (
        f"{over} of {len(found.weeks)} weeks want more than members can give" if over else "Every week fits"
    )
    told = (
        f"Each is asked at most {found.most} times, half of them {found.median:g} times or more; "
        f"{found.never:,} never. {weeks}."
    )
    return [told]


def _weeks(found: Strategy, zone: tzinfo) -> Any:
    """Bars of what is asked, an outline of what is wanted, a line of what can be given."""
    import altair as alt

    values = [
        {
            "week": f"{place:03}", "begins": f"{week.begins.astimezone(zone):%-d %b %Y}",
            "asked": week.load / 60, "wanted": week.wanted / 60, "capacity": week.capacity / 60,
            "over": week.strain > 1,
        }
        for place, week in enumerate(found.weeks)
    ]  # fmt: skip
    data = alt.InlineData(values=values)
    x = alt.X("week:O", axis=None, scale=alt.Scale(paddingInner=0.15, paddingOuter=0.05))
    y = alt.Y("wanted:Q", title="hours of members' time", axis=alt.Axis(tickCount=5))
    color = alt.condition("datum.over", alt.value(OVER), alt.value(ACCENT))
    layers = (
        alt.Chart(data).mark_bar(filled=False, strokeWidth=1.4).encode(x=x, y=y, stroke=color),
        alt.Chart(data).mark_bar().encode(x=x, y=alt.Y("asked:Q"), color=color, opacity=alt.value(0.85)),
        alt.Chart(data)
        .mark_line(color=INK, strokeDash=[5, 4], strokeWidth=1.4, interpolate="step")
        .encode(x=x, y=alt.Y("capacity:Q")),
    )
    title = "Asked (filled) and wanted (outlined) each week; the dashed line is what people can give for good"
    return alt.layer(*layers).properties(width=WIDTH, height=BARS, title=_heading(title))


def _people(found: Strategy, zone: tzinfo) -> Any:
    """People in bands, those with the most above, by week."""
    import altair as alt

    values = list(_cells(found))
    every = max(1, len(found.weeks) // 13)
    labels = [f"{place:03}" for place in range(0, len(found.weeks), every)]
    names = {
        f"{place:03}": f"{week.begins.astimezone(zone):%-d %b}" for place, week in enumerate(found.weeks)
    }
    spoken = "{" + ",".join(f"'{key}':'{name}'" for key, name in names.items()) + "}[datum.value]"
    x = alt.X("week:O", title=None, axis=alt.Axis(values=labels, labelExpr=spoken, labelAngle=0))
    y = alt.Y("band:O", title="people, those who give most above", axis=alt.Axis(labels=False))
    color = alt.Color(
        "burden:Q",
        scale=alt.Scale(domain=[0, 0.5, 1, 1.25], range=list(SHADES), clamp=True),
        legend=alt.Legend(
            title="share of what one can bear", format=".0%", orient="bottom", gradientLength=240
        ),
    )
    chart = alt.Chart(alt.InlineData(values=values)).mark_rect().encode(x=x, y=y, color=color)
    title = "How full people's measure is at the end of each week"
    return chart.properties(width=WIDTH, height=MAP, title=_heading(title))


def _cells(found: Strategy) -> Iterator[dict[str, Any]]:
    for band, shares in enumerate(found.heat):
        for place, burden in enumerate(shares):
            yield {"band": f"{band:03}", "week": f"{place:03}", "burden": burden}


def _heading(text: str) -> "alt.TitleParams":
    import altair as alt

    return alt.TitleParams(
        text=text, anchor="start", fontSize=TEXT, fontWeight="normal", color=INK, offset=10
    )
