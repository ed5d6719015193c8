"""Sources that parts and the report cite, each written once."""

MOLLIA = (
    "Qi et al. (2026). Next Generation Active Learning: Mixture of LLMs in the Loop. AAAI 2026, "
    "arXiv:2601.15773."
)
DAWID_SKENE = (
    "Dawid, A. P. and Skene, A. M. (1979). Maximum Likelihood Estimation of Observer "
    "Error-Rates Using the EM Algorithm. Applied Statistics 28(1), 20-28."
)
XGBOOST = "Chen, T. and Guestrin, C. (2016). XGBoost: A Scalable Tree Boosting System. KDD 2016."
STACKING = "Wolpert, D. H. (1992). Stacked Generalization. Neural Networks 5(2), 241-259."
CO_TRAINING = (
    "Blum, A. and Mitchell, T. (1998). Combining Labeled and Unlabeled Data with Co-Training. COLT 1998."
)
TEMPERATURE = "Guo, C. et al. (2017). On Calibration of Modern Neural Networks. ICML 2017."
NEGATIVE = "Kim, Y. et al. (2019). NLNL: Negative Learning for Noisy Labels. ICCV 2019."
ENTROPY = (
    "Lewis, D. D. and Gale, W. A. (1994). A Sequential Algorithm for Training Text Classifiers. SIGIR 1994."
)
CORESET = (
    "Sener, O. and Savarese, S. (2018). Active Learning for Convolutional Neural Networks: A "
    "Core-Set Approach. ICLR 2018."
)
WILSON = (
    "Wilson, E. B. (1927). Probable Inference, the Law of Succession, and Statistical Inference. "
    "Journal of the American Statistical Association 22(158), 209-212."
)
CLOPPER = (
    "Clopper, C. J. and Pearson, E. S. (1934). The Use of Confidence or Fiducial Limits Illustrated "
    "in the Case of the Binomial. Biometrika 26(4), 404-413."
)
PPI = (
    "Angelopoulos, A. N., Duchi, J. C. and Zrnic, T. (2023). PPI++: Efficient Prediction-Powered "
    "Inference. arXiv:2311.01453."
)
RAJ = (
    "Raj, D. (1956). Some Estimators in Sampling with Varying Probabilities without Replacement. "
    "Journal of the American Statistical Association 51(274), 269-284."
)
LURE = (
    "Farquhar, S., Gal, Y. and Rainforth, T. (2021). On Statistical Bias in Active Learning: How and When to "
    "Fix It. ICLR 2021, arXiv:2101.11665."
)
