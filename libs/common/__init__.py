"""What every Sunlot service stands on: settings, time, errors, database, messages, HTTP and pages."""
