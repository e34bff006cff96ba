"""One installation with a running bot for all conversations of a file; each test is another member."""

from collections.abc import Iterator

import pytest

from tests.servers.process import telegram_process
from tests.system.rig import Association, Installation


@pytest.fixture(scope="module")
def hauskala(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Association]:
    """A bot that polls a server of its own, quicker than a real one."""
    with telegram_process() as tg:
        place = Installation(
            tmp_path_factory.mktemp("hauskala"), base_url=tg.info["url"], token=tg.info["token"]
        )
        with place.running(tg, "tests.system.hasty"):
            yield Association(place, tg)
