"""The setup doctor: gathers facts about an organization's set-up, and checks them."""
