"""Agents: settings, versions, tools, and the engines that hear, think and speak for them."""
