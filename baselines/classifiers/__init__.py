"""Classifiers of utterance vectors, plain scikit-learn estimators: SVM and DNN."""
