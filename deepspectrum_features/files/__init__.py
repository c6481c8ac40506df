"""Files and folders that stand whole under their name, or not at all."""

from deepspectrum_features.files.names import folder_name, folder_names
from deepspectrum_features.files.patient import PatientFile
from deepspectrum_features.files.whole import (
    check_file,
    check_folder,
    check_folder_of,
    flush_folder,
    give_name,
    whole_file,
    whole_folder,
    write_text,
)

__all__ = [
    "PatientFile",
    "check_file",
    "check_folder",
    "check_folder_of",
    "flush_folder",
    "folder_name",
    "folder_names",
    "give_name",
    "whole_file",
    "whole_folder",
    "write_text",
]
