from inspection.actions.registers import import_register_inspections

__all__ = ["import_register_inspections"]
