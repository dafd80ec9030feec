import Federation
public import FoundationEssentials
public import Harmonisation
import StudyProtocol

/// A fitted harmonisation as a file: the pooled model, the design, and the estimates of the batches that were there.
///
/// JSON with sorted keys; `sha256` covers the document without that key. docs/harmonisation.md has the formula.
public struct HarmonisationFile: Codable, Sendable, Equatable {
    /// Format of the document.
    public static let currentFormat = "concord-harmonisation-2"

    /// Format of the document.
    public let format: String
    /// Column that names the batch, or several with commas between.
    public let batchColumn: String
    /// Covariates and their levels.
    public let design: [DesignColumn]
    /// How the weights of smooth terms were chosen (`PenaltyChoice`); nil by default.
    public let penalty: String?
    /// What is pooled.
    public let model: ComBatModel
    /// Location and scale of each batch that fitted the model; none with several batch columns.
    public let batches: [BatchEstimate]
    /// CovBat; nil without.
    public let covariance: CovarianceModel?
    /// Location and scale of the scores of each batch; nil without CovBat, and with several batch columns.
    public let scoreBatches: [BatchEstimate]?
    /// Effects of several batch columns on the scores; nil with one, and without CovBat.
    public let scoreFactors: FactorPart?
    /// Random intercepts of patients; nil without.
    public let subjects: SubjectPart?
    /// Transforms of features; nil without.
    public let transforms: FeatureTransforms?
    /// Effects of several batch columns; nil with one.
    public let factors: FactorPart?
    /// Rows that did not fit the model; nil if all did.
    public private(set) var heldOut: HeldOut?
    /// Hash of the rest of the document, in hexadecimal.
    public private(set) var sha256: String

    /// What predicts the random intercept of a patient from the patient's own rows.
    public struct SubjectPart: Codable, Sendable, Equatable {
        /// Column that names the patient.
        public let column: String
        /// Variance of the intercepts over the residual variance, for each feature.
        public let ratio: [Double]
        /// Intercept of each batch before shrinkage.
        public let batches: [BatchIntercept]
    }

    /// Effects of several batch columns, which together are those of a batch.
    public struct FactorPart: Codable, Sendable, Equatable {
        /// Effects of each column's levels, in the order of the columns.
        public let effects: [FactorEffects]
        /// Combinations of levels that fitted the model.
        public let combinations: [FittedCombination]

        /// What a fit found.
        init(_ model: FactorComBatModel) {
            effects = model.factors
            combinations = model.combinations
        }

        /// The part together with the pooled regression.
        func model(_ combat: ComBatModel) -> FactorComBatModel {
            FactorComBatModel(combat: combat, factors: effects, combinations: combinations)
        }
    }

    /// Columns that name the batch.
    public var batchColumns: [String] { factors?.effects.map(\.name) ?? [batchColumn] }

    /// Creates the document.
    init(
        plan: HarmonisationPlan, model: ComBatModel, batches: [BatchEstimate],
        covariance: CovarianceModel? = nil, scoreBatches: [BatchEstimate]? = nil, subjects: SubjectPart? = nil,
        factors: FactorPart? = nil, scoreFactors: FactorPart? = nil
    ) throws {
        format = Self.currentFormat
        batchColumn = plan.batchColumns.joined(separator: ",")
        design = plan.design
        penalty = plan.penalty?.name
        self.model = model
        self.batches = batches
        self.covariance = covariance
        self.scoreBatches = scoreBatches
        self.subjects = subjects
        transforms = plan.transforms
        self.factors = factors
        self.scoreFactors = scoreFactors
        heldOut = nil
        sha256 = ""
        sha256 = try digest()
    }

    /// The document of a fit that left rows out.
    func holdingOut(_ rows: HeldOut) throws -> HarmonisationFile {
        var file = self
        file.heldOut = rows
        file.sha256 = try file.digest()
        return file
    }

    /// Reads a document and checks its hash.
    ///
    /// - Throws: `LocalHarmonisationError.badModel`.
    public init(json: Data) throws {
        do {
            self = try JSONDecoder().decode(HarmonisationFile.self, from: json)
        } catch {
            throw LocalHarmonisationError.badModel("it is not a document of format \(Self.currentFormat)")
        }
        guard format == Self.currentFormat else {
            throw LocalHarmonisationError.badModel("its format is '\(format)', not \(Self.currentFormat)")
        }
        guard try digest() == sha256 else {
            throw LocalHarmonisationError.badModel("its hash is not that of its content; it was changed or cut short")
        }
    }

    /// The document.
    public func json() throws -> Data { try CanonicalForm.encode(self) }

    private func digest() throws -> String {
        var bare = self
        bare.sha256 = ""
        return CanonicalForm.sha256(try bare.json())
    }
}
