"""The tables of draw; every primary key begins with its aggregate's id."""

from sqlalchemy import MetaData

metadata = MetaData()
