"""What people and programs ask for, a verb each: commands, pages, the API and buttons in a chat call the same ones."""
