"""Golden chats: conversations as text files, held against what the engine says."""
