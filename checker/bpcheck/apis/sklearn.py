"""``scikit-learn``: data sets, splits, and what fits statistics."""

from __future__ import annotations

from bpcheck.apis.spec import Api

TABLE: dict[str, Api] = {
    "sklearn.model_selection.train_test_split": Api("split-arrays", "*arrays"),
    "sklearn.cross_validation.train_test_split": Api("split-arrays", "*arrays"),
}
for _name in ("digits", "iris", "wine", "breast_cancer", "diabetes", "linnerud", "boston"):
    TABLE[f"sklearn.datasets.load_{_name}"] = Api(
        "bunch", "return_X_y=False", real=True, classes=_name not in ("diabetes", "linnerud", "boston")
    )
for _name in (
    "olivetti_faces",
    "20newsgroups",
    "20newsgroups_vectorized",
    "lfw_people",
    "covtype",
    "california_housing",
    "openml",
    "kddcup99",
):
    TABLE[f"sklearn.datasets.fetch_{_name}"] = Api("bunch", "return_X_y=False", real=True, split="subset")
for _name in (
    "blobs",
    "classification",
    "regression",
    "moons",
    "circles",
    "multilabel_classification",
    "friedman1",
    "s_curve",
    "swiss_roll",
):
    TABLE[f"sklearn.datasets.make_{_name}"] = Api(
        "bunch", "return_X_y=True", real=False, multilabel=_name == "multilabel_classification"
    )
for _name in ("StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler", "Normalizer", "QuantileTransformer", "PowerTransformer",
              "LabelEncoder", "OneHotEncoder", "OrdinalEncoder"):  # fmt: skip
    TABLE[f"sklearn.preprocessing.{_name}"] = Api("estimator", "", role="estimator")
TABLE["sklearn.preprocessing.MultiLabelBinarizer"] = Api("estimator", "", role="estimator", multilabel=True)
for _name in (
    "KFold",
    "StratifiedKFold",
    "GroupKFold",
    "TimeSeriesSplit",
    "ShuffleSplit",
    "StratifiedShuffleSplit",
    "LeaveOneOut",
    "RepeatedKFold",
):
    TABLE[f"sklearn.model_selection.{_name}"] = Api("folds", "", role="folds")
