"""How calls come in: webhooks, the browser, and the live session behind them."""
