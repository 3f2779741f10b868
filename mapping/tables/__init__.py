"""From trees and keys to routing tables."""

from mapping.tables.build import MadeTables, build_tables

__all__ = ["MadeTables", "build_tables"]
