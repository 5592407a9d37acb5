"""What answers: agents, their versions, and the engines behind them."""
