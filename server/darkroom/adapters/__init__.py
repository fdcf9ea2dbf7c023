"""What is touched: the gateway, the database, the engine, files, pictures and processes. Thin, free of decisions."""
