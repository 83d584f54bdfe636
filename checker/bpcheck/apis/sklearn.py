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
#: What is fitted keeps numbers that depend on all rows it has seen, such as a mean. (The names of classes or words are no such numbers.)
_STATISTICS = {
    "preprocessing": "StandardScaler MinMaxScaler RobustScaler MaxAbsScaler QuantileTransformer PowerTransformer KBinsDiscretizer TargetEncoder",
    "decomposition": "PCA TruncatedSVD KernelPCA IncrementalPCA SparsePCA FastICA NMF FactorAnalysis",
    "impute": "SimpleImputer KNNImputer IterativeImputer",
    "feature_selection": "SelectKBest SelectPercentile SelectFromModel RFE RFECV VarianceThreshold",
}
for _module, _names in _STATISTICS.items():
    for _name in _names.split():
        TABLE[f"sklearn.{_module}.{_name}"] = Api(
            "estimator",
            "",
            role="estimator",
            statistics=True,
            fills={"SimpleImputer": "mean"}.get(_name, _module == "impute" and "neighbours"),
            robust=_name == "RobustScaler",
        )
for _name in ("Normalizer", "LabelEncoder", "OneHotEncoder", "OrdinalEncoder", "FunctionTransformer", "LabelBinarizer"):
    TABLE[f"sklearn.preprocessing.{_name}"] = Api(
        "estimator", "", role="estimator", codes=_name in ("LabelEncoder", "OrdinalEncoder")
    )
TABLE["sklearn.impute.MissingIndicator"] = Api("estimator", "", role="estimator", asks=True)
for _name in ("pipeline.make_pipeline", "pipeline.Pipeline", "compose.make_column_transformer", "compose.ColumnTransformer",
              "pipeline.FeatureUnion", "pipeline.make_union"):  # fmt: skip
    TABLE[f"sklearn.{_name}"] = Api("estimator", "*steps", role="estimator")
TABLE["sklearn.utils.resample"] = Api("resample", "data")
for _name in ("over_sampling.SMOTE", "over_sampling.RandomOverSampler", "over_sampling.ADASYN", "over_sampling.BorderlineSMOTE",
              "over_sampling.SMOTENC", "combine.SMOTEENN", "combine.SMOTETomek"):  # fmt: skip
    TABLE[f"imblearn.{_name}"] = Api("estimator", "", role="estimator", resamples=True)
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
