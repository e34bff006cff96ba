"""Small programs for those who keep the repository; nothing in the bot imports them."""
