"""The headings of lists that other programs export, so that an admin need not copy them.

A preset's headings may be missing from a file, but for what tells the encounter and the person apart.
"""

from collections.abc import Mapping
from typing import Final

PRESETS: Final[Mapping[str, Mapping[str, str]]] = {
    # "Attendee Summary" report, columns as an organiser exports them
    "eventbrite": {
        "id": "Event ID",
        "name": "Event Name",
        "starts": "Event Start Date",
        "starts_time": "Event Start Time",
        "ends": "Event End Date",
        "ends_time": "Event End Time",
        "zone": "Event Timezone",
        "place": "Venue Name",
        "presence": "Attendee Status",
        "role": "Ticket Type",
        "person": "Email",
    },
    # the attendee list of one event; the event comes from the group's calendar, or from the command line
    "meetup": {
        "presence": "RSVP",
        "role": "Event Host",
        "person": "User ID",
    },
}
"""Program -> our word -> its heading. ``person`` is matched with the attribute that [encounters] names."""

FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "eventbrite": ("%b %d, %Y", "%Y-%m-%d", "%d/%m/%Y"),
    "meetup": (),
}
TIMES: Final = ("%H:%M", "%I:%M %p", "%H:%M:%S", "%H.%M")
