"""What an experienced bot author would write instead: python-telegram-bot with a ConversationHandler.

The same five questions and the same visible work for each answer: the tap is answered, the tapped message
keeps the choice and loses its buttons, the next question is sent. Answers live in memory only.
"""

import sys
from typing import Any, Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)

from benchmarks.survey import CLOSING, QUESTIONS

PER_ROW: Final = 6


def keyboard(number: int) -> InlineKeyboardMarkup | None:
    """The buttons of a question."""
    labels = QUESTIONS[number].labels
    buttons = [InlineKeyboardButton(label, callback_data=f"{number}:{i}") for i, label in enumerate(labels)]
    rows = [buttons[first : first + PER_ROW] for first in range(0, len(buttons), PER_ROW)]
    return InlineKeyboardMarkup(rows) if rows else None


async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """Begin with the first question."""
    assert update.message is not None
    assert context.user_data is not None
    context.user_data.clear()
    return await _ask(update.message, 0)


async def tapped(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """A button was pressed."""
    query = update.callback_query
    assert query is not None
    assert query.data is not None
    assert context.user_data is not None
    assert isinstance(query.message, Message)
    number, choice = (int(part) for part in query.data.split(":"))
    question = QUESTIONS[number]
    context.user_data[question.id] = choice
    await query.answer()
    await query.edit_message_text(f"{question.text}\n✓ {question.labels[choice]}")
    return await _ask(query.message, number + 1)


async def wrote(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """The question in words was answered."""
    assert update.message is not None
    assert context.user_data is not None
    context.user_data[QUESTIONS[3].id] = update.message.text
    return await _ask(update.message, 4)


async def _ask(message: Message, number: int) -> int:
    if number == len(QUESTIONS):
        await message.reply_text(CLOSING)
        return ConversationHandler.END
    text = f"{number + 1}/{len(QUESTIONS)} · {QUESTIONS[number].text}"
    await message.reply_text(text, reply_markup=keyboard(number))
    return number


def handlers() -> ConversationHandler[Any]:
    """The conversation."""
    states: dict[object, list[Any]] = {
        number: [CallbackQueryHandler(tapped, pattern=f"^{number}:")]
        if question.labels
        else [MessageHandler(filters.TEXT & ~filters.COMMAND, wrote)]
        for number, question in enumerate(QUESTIONS)
    }
    return ConversationHandler([CommandHandler("start", start)], states, [CommandHandler("start", start)])


def application(base_url: str, token: str) -> Application[Any, Any, Any, Any, Any, Any]:
    """The bot as the library's own examples build it."""
    app = ApplicationBuilder().token(token).base_url(base_url).build()
    app.add_handler(handlers())
    return app


if __name__ == "__main__":
    application(sys.argv[1], sys.argv[2]).run_polling()
