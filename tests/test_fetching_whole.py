"""A photo on its way through the whole program: from Telegram to the folder, and away again."""

import asyncio
from dataclasses import replace
from pathlib import Path

from sqlalchemy import delete

from bot.app import App
from bot.config.model import MediaConfig
from bot.service.context import Context
from bot.service.dispatch import Pace
from bot.texts import Texts
from storage.store import open_sqlite
from storage.tables import answers, sessions
from tests.adapters.telegram.rig import telegram_rig
from tests.servers.watch import WITHIN
from tests.service.association import configured
from tests.service.test_files import FLOW


async def test_a_photo_comes_into_the_folder_and_goes_with_its_answer(
    database: Path, key_file: Path, tmp_path: Path
) -> None:
    """A member sends it, it is fetched over the Bot API, and when the session is gone so is the file."""
    folder = tmp_path / "media"
    config = replace(configured(FLOW), media=MediaConfig(keep="download", folder=folder))
    async with telegram_rig() as rig:
        with open_sqlite(database, key_file) as store:
            context = Context(config, Texts.load(), {"telegram": rig.adapter.to_inbound})
            app = App(context, store, [(rig.adapter, Pace(per_second=0, per_chat_per_second=0))])
            await app.connect()
            running = asyncio.create_task(app.run())
            await rig.member.send("camp")
            await rig.member.wait_for("A picture?")
            await rig.member.send_photo("The fire")
            await rig.member.wait_for("2/2")
            async with asyncio.timeout(WITHIN):
                while not (folder.is_dir() and [*folder.glob("[!.]*")]):
                    await app.fetch()
            assert [path.read_bytes() for path in folder.iterdir()] == [b"jpeg"]
            store.write(lambda connection: connection.execute(delete(answers)))
            store.write(lambda connection: connection.execute(delete(sessions)))
            await app.fetch()
            assert [*folder.iterdir()] == []
            app.stopping.set()
            await running
