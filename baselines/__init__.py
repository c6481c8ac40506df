"""What deep spectrum features are compared with, and how: functionals, classifiers, evaluation."""
