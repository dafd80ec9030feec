/// How a study is done: what every site must do in the same way, and what may leave a site.
///
/// The YAML form is documented in `docs/protocol-format.md`. Two protocols are the same if their canonical forms are
/// the same bytes; the SHA-256 of these bytes is the protocol's identity.
public struct StudyProtocol: Sendable, Equatable, Codable {
    /// Identifier of the study.
    public let study: String
    /// Version of this protocol within the study, from 1.
    public let version: Int
    /// The question in one line.
    public let title: String
    /// What is predicted.
    public let outcome: Outcome
    /// Which sites do what.
    public let sites: Roles
    /// What the images should be like.
    public let imaging: Imaging
    /// The regions that features are taken from; empty for studies on feature tables.
    public let regions: [Region]
    /// How features are computed or where they come from.
    public let extraction: Extraction
    /// Reader agreement and the stability filter.
    public let agreement: Agreement
    /// How scanner and site effects are removed.
    public let harmonisation: Harmonisation
    /// Which features enter the model.
    public let selection: Selection
    /// The model; `nil` for a study that ends with descriptive statistics.
    public let model: Model?
    /// What is validated.
    public let validation: Validation
    /// The smallest numbers that may be shown.
    public let disclosure: Disclosure

    /// What is predicted.
    public struct Outcome: Sendable, Equatable, Codable {
        /// Column of the clinical table.
        public let column: String
        /// The text in that column that counts as an event; any other text is no event, an empty cell unknown.
        public let event: String
        /// Column of the time to the event or to the end of observation; nil for an outcome without time.
        public let time: String?
        /// Whether a training site may have cases of one class only: its answer then tells every case's outcome.
        public let oneClassSites: Bool
    }

    /// Which sites do what.
    public struct Roles: Sendable, Equatable, Codable {
        /// Sites whose cases fit the harmonisation, the selection and the model.
        public let training: [String]
        /// Sites that validate a model that they did not train.
        public let external: [String]
        /// The sites whose rows stand together as a training site; nil but for the pooled side of a comparison.
        public let parts: [String]?
        /// The sites whose cases train, whether they stand together or not.
        public var fitting: [String] { parts ?? training }
        /// All sites, training first.
        public var all: [String] { training + external }
    }

    /// What the images should be like.
    public struct Imaging: Sendable, Equatable, Codable {
        /// DICOM modality: `US`, `CT`, `MR`, `PT`; `none` for studies on feature tables.
        public let modality: Modality
        /// The acquisition fields that are tracked, with what the protocol expects of them.
        public let acquisition: [AcquisitionField]
    }

    /// DICOM modality of a study.
    public enum Modality: String, Sendable, Equatable, Codable, CaseIterable {
        /// Ultrasound.
        case ultrasound = "US"
        /// Computed tomography.
        case computedTomography = "CT"
        /// Magnetic resonance.
        case magneticResonance = "MR"
        /// Positron emission tomography.
        case positronEmission = "PT"
        /// No images: the features come as a table.
        case none
    }

    /// One acquisition field, by its DICOM keyword.
    public struct AcquisitionField: Sendable, Equatable, Codable {
        /// DICOM keyword, such as `SliceThickness`.
        public let keyword: String
        /// Accepted words, or `nil` if any.
        public let oneOf: [String]?
        /// Smallest accepted number, or `nil`.
        public let minimum: Double?
        /// Largest accepted number, or `nil`.
        public let maximum: Double?
        /// Width of the bins in which a number is reported; words are reported as they are.
        public let binWidth: Double?
    }

    /// One region that features are taken from.
    public struct Region: Sendable, Equatable, Codable {
        /// Name, the prefix of the feature columns.
        public let name: String
        /// Inner distance from the tumour surface in mm; `nil` for the tumour itself.
        public let fromMM: Double?
        /// Outer distance from the tumour surface in mm; `nil` for the tumour itself.
        public let toMM: Double?
        /// How the ring is drawn; `nil` for the tumour itself.
        public let definition: RingDefinition?
        /// Whether the region is a ring.
        public var isRing: Bool { toMM != nil }
    }

    /// How a ring is drawn.
    public enum RingDefinition: String, Sendable, Equatable, Codable, CaseIterable {
        /// Euclidean distance from the interpolated mask surface.
        case surface
        /// Euclidean distance between voxel centres on the native grid.
        case voxelCentre = "voxel-centre"
    }

    /// How features are computed or where they come from.
    public struct Extraction: Sendable, Equatable, Codable {
        /// From images at the site, or from a table of the site.
        public let source: Source
        /// Region by region in the image plane (`2D`) or in space (`3D`); images only.
        public let dimension: Dimension
        /// Feature families, IBSI tags; images only.
        public let families: [String]
        /// Number of grey levels, for a fixed bin number; images only.
        public let binNumber: Int?
        /// Width of a grey level, for a fixed bin size; images only.
        public let binWidth: Double?
        /// Re-segmentation range (lower, upper), or `nil`; images only.
        public let range: [Double]?
        /// Edge of the resampled voxel in mm, or `nil` for the native grid; images only.
        public let resampleMM: Double?
        /// What becomes of the intensities as they were stored, or `nil` to take them as they are; images only.
        public let intensity: Intensity?
        /// Columns of the feature table: names, or prefixes that end in `*`; tables only.
        public let columns: [String]
    }

    /// Intensities with a unit for PET, or without one's scale for MR.
    public struct Intensity: Sendable, Equatable, Codable {
        /// Standardised uptake values of PET by this measure.
        public let uptake: Uptake?
        /// z-scores over these voxels.
        public let normalise: Reference?
        /// z-scores beyond so many standard deviations become that many.
        public let clip: Double?
        /// Factor of the z-scores.
        public let scale: Double?
    }

    /// What the injected activity is thought to spread over.
    public enum Uptake: String, Sendable, Equatable, Codable, CaseIterable {
        /// Body weight.
        case bodyWeight = "bw"
        /// Lean body mass after James (1976).
        case leanJames = "lbm-james"
        /// Lean body mass after Janmahasatian et al. (2005).
        case leanJanmahasatian = "lbm-janmahasatian"
        /// Body surface area after Du Bois and Du Bois (1916).
        case surface = "bsa"
    }

    /// Voxels that give mean and standard deviation of z-scores.
    public enum Reference: String, Sendable, Equatable, Codable, CaseIterable {
        /// Every voxel.
        case image
        /// The voxels above Otsu's threshold.
        case foreground
        /// The voxels of the organ's mask.
        case organ
    }

    /// Where features come from.
    public enum Source: String, Sendable, Equatable, Codable, CaseIterable {
        /// Image and mask files at the site.
        case images
        /// A table of features at the site.
        case table
    }

    /// How texture is aggregated.
    public enum Dimension: String, Sendable, Equatable, Codable, CaseIterable {
        /// In the image plane.
        case planar = "2D"
        /// In space.
        case spatial = "3D"
    }

    /// Reader agreement and the stability filter.
    public struct Agreement: Sendable, Equatable, Codable {
        /// Pseudonyms of the readers who contour; the first one's contours are used for the model.
        public let readers: [String]
        /// A feature is kept if the lower 95 % bound of its ICC(A,1) between readers is at least this.
        public let minimumICC: Double
        /// Columns of two ratings of each case in the clinical table, for studies of agreement alone.
        public let ratings: [String]
        /// The categories of the ratings, in order.
        public let categories: [String]
        /// Names of two acquisition protocols under which some cases were measured; `nil` for none.
        public let protocols: [String]?
        /// A feature is kept if Lin's CCC between these protocols is at least this; `nil` for no such filter.
        public let minimumCCC: Double?
        /// Share of the sites with an estimate at which a feature must be stable; `nil` to judge all lesions together.
        public let siteShare: Double?
        /// Agreement statistics from the sums of the sites; `nil` for none.
        public let statistics: [Statistic]?
    }

    /// How scanner and site effects are removed.
    public struct Harmonisation: Sendable, Equatable, Codable {
        /// ComBat or nothing.
        public let method: HarmonisationMethod
        /// Acquisition keyword or clinical column whose values are the batches within a site; `site` for one batch,
        /// `acquisition` for the values of all fields of `imaging.acquisition` together.
        public let batch: String
        /// Covariates whose effect is preserved.
        public let covariates: [Covariate]
        /// A batch smaller than this is refused.
        public let minimumBatchSize: Int
        /// What goes beyond one batch column; nil for nothing.
        public let variant: HarmonisationVariant?
        /// Whether the training sites are compared before and after; nil: no.
        public let report: Bool?

        /// Whether cases are grouped by all acquisition fields of the protocol.
        public var groupsByAcquisition: Bool { batch == "acquisition" }
    }

    /// A harmonisation method.
    public enum HarmonisationMethod: String, Sendable, Equatable, Codable, CaseIterable {
        /// Parametric empirical Bayes ComBat (Johnson 2007).
        case combat
        /// Location and scale without empirical Bayes.
        case combatWithoutEB = "combat-without-eb"
        /// Non-parametric empirical Bayes.
        case combatNonparametric = "combat-nonparametric"
        /// Location only.
        case combatMeanOnly = "combat-mean-only"
        /// Location only, non-parametric.
        case combatNonparametricMeanOnly = "combat-nonparametric-mean-only"
        /// Values as they are.
        case none
    }

    /// A clinical column that enters as numbers.
    public struct Covariate: Sendable, Equatable, Codable {
        /// Column of the clinical table.
        public let name: String
        /// For a categorical column, its levels; the first is the reference. `nil` for a number.
        public let levels: [String]?
        /// Whether the natural logarithm of the number is taken.
        public let logarithm: Bool
        /// The curve of its effect; nil for a straight line or levels.
        public let smooth: Smooth?
    }

    /// Which features enter the model.
    public struct Selection: Sendable, Equatable, Codable {
        /// Of two features with a larger absolute Pearson correlation the less relevant one is dropped.
        public let maximumCorrelation: Double
        /// Most features that enter the model.
        public let maximumFeatures: Int
        /// Features that are always in, without selection.
        public let fixed: [String]
    }

    /// The model.
    public struct Model: Sendable, Equatable, Codable {
        /// Kind of model.
        public let kind: ModelKind
        /// Of `ridge-logistic` the L2 penalty: loss summed over cases plus `lambda / 2` times the squared norm of the coefficients.
        /// Of other kinds a given penalty, nil where folds or a default decide.
        public let lambda: Double?
        /// Covariates that enter the model beside the features.
        public let covariates: [String]
        /// How the other kinds are fitted and compared; nil for `ridge-logistic`.
        public let learning: Learning?
    }

    /// Kind of model.
    public enum ModelKind: String, Sendable, Equatable, Codable, CaseIterable {
        /// L2-penalised logistic regression after the study's correlation filter.
        case ridgeLogistic = "ridge-logistic"
        /// Logistic regression with a given ridge.
        case logistic = "lr"
        /// Logistic regression with a ridge chosen by folds.
        case ridge
        /// LASSO.
        case lasso
        /// Elastic net.
        case elasticNet = "elastic-net"
        /// Linear support vector machine.
        case supportVector = "svm"
        /// Support vector machine with a Gaussian kernel.
        case kernelMachine = "kernel-svm"
        /// Gradient-boosted trees.
        case boosting
        /// Random forest.
        case forest
        /// Neural network.
        case network = "mlp"
        /// Neural network by federated averaging, which depends on the sites.
        case networkAveraging = "mlp-fedavg"
        /// Cox's model with the elastic net.
        case cox
        /// Cox's model with the LASSO.
        case coxLasso = "cox-lasso"
        /// Cox's model with a ridge.
        case coxRidge = "cox-ridge"
        /// Cox's model without a penalty.
        case coxRegression = "coxph"

        /// Whether the outcome has times.
        public var needsTime: Bool {
            switch self {
            case .cox, .coxLasso, .coxRidge, .coxRegression: true
            default: false
            }
        }
    }

    /// What is validated.
    public struct Validation: Sendable, Equatable, Codable {
        /// Columns of the clinical table that hold scores made elsewhere (higher = event), validated beside the model.
        public let scores: [String]
        /// A validation passes if the lower bound of the AUC is at least this, fails if the upper bound is below.
        public let gateAUC: Double?
        /// The same of Harrell's C, for an outcome with times.
        public let gateC: Double?
        /// For an outcome with times: the time up to which the pooled C, the calibration of the model and its risk are told.
        public let horizon: Double?
        /// Distance of the times up to the horizon at which pooled pairs are compared; there is one if there is a horizon.
        public let interval: Double?
        /// Threshold of the predicted probability for sensitivity and specificity.
        public let threshold: Double
        /// Most classes of the pooled score histogram.
        public let histogramBins: Int
        /// Whether the classes grow from 8 until the certified interval is narrower than a tenth of the confidence interval.
        public let adaptiveBins: Bool?
        /// Whether the model is refitted without each training site and validated there.
        public let leaveOutSites: Bool?
        /// Number of folds, stratified by site and outcome, in which the model is refitted and validated.
        public let folds: Int?
        /// Key of the hash that decides the folds; there is one if there are folds.
        public let key: String?
        /// What is asked of the drop from the training to the external sites.
        public let drop: Drop?
        /// Statistics from the sums of the sites; `nil` for none.
        public let statistics: [Statistic]?
    }

    /// The drop of the AUC from the training to the external sites, and what it is attributed to.
    public struct Drop: Sendable, Equatable, Codable {
        /// `model`, or the column of a score made elsewhere.
        public let score: String
        /// Largest drop that is accepted, or `nil`.
        public let gate: Double?
        /// Covariates, of those of `harmonisation.covariates`, to whose external means the training cases are weighted.
        public let covariates: [String]
        /// Whether the variances of covariates that are numbers are balanced too.
        public let balancesVariances: Bool
        /// Two columns: the score of the same case under the training sites' and the external sites' acquisition protocol.
        public let protocolScores: [String]
        /// Two columns: the score of the same case by the training sites' and the external sites' contours.
        public let contourScores: [String]
    }

    /// The smallest numbers that may be shown.
    public struct Disclosure: Sendable, Equatable, Codable {
        /// Fewest cases of a site in any sum.
        public let minimumCases: Int
        /// Fewest events and fewest non-events for a rank statistic of a site.
        public let minimumEvents: Int
        /// Fewest cases in a shown cell of a table of a site; smaller cells are suppressed.
        public let minimumCell: Int

        /// Creates the floors.
        public init(minimumCases: Int, minimumEvents: Int, minimumCell: Int) {
            self.minimumCases = minimumCases
            self.minimumEvents = minimumEvents
            self.minimumCell = minimumCell
        }
    }
}
