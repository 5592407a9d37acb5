"""The accounts of organizations at telephone carriers."""
