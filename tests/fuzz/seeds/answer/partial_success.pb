
old