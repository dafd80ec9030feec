import Learning
import LocalHarmonisation
import Survival

/// A model file in the plainest terms, for readers of a few lines in any language (docs/apply-model.py, docs/apply-model.R).
///
/// Score = intercept + sum of coefficient (x - mean) / scale + sum of the trees' leaves, after transforms, when missing values have got their medians, indicators
/// are made and the blocks' scores have been added as columns.
public struct FlatModel: Codable, Sendable, Equatable {
    /// A column that a row must have.
    public struct Input: Codable, Sendable, Equatable {
        /// Its name.
        public let column: String
        /// Exponent e of a Box-Cox transform, (x^e - 1) / e, or the logarithm for 0, before all else; nil without.
        public let boxCox: Double?
        /// What stands in for a missing value, after the transform; nil where none does.
        public let median: Double?
        /// Name of the column that is 1 where the value is missing; nil without one.
        public let indicator: String?
    }

    /// A term of the linear function.
    public struct Term: Codable, Sendable, Equatable {
        /// Column of the row.
        public let column: String
        /// Subtracted.
        public let mean: Double
        /// Divided by.
        public let scale: Double
        /// Multiplied with.
        public let coefficient: Double
    }

    /// A node of a tree; without a feature it is a leaf.
    public struct Node: Codable, Sendable, Equatable {
        /// Column of the row.
        public let feature: String?
        /// Rows with a value at or below go left.
        public let threshold: Double?
        /// Whether rows without a value go left.
        public let missingLeft: Bool?
        /// Position of the node on the left.
        public let left: Int?
        /// Position of the node on the right.
        public let right: Int?
        /// What a leaf adds.
        public let value: Double?
    }

    /// How a score becomes a probability.
    public struct Link: Codable, Sendable, Equatable {
        /// `identity`: the score; `logistic`: 1 / (1 + exp(-score)); `platt`: 1 / (1 + exp(a score + b)); `isotonic`: linear between `x` and `y`; `cox`: 1 - exp(-H exp(score)) with
        /// H the last of `y` whose `x` is not beyond the horizon; `none`.
        public let kind: String
        /// Factor of Platt's sigmoid.
        public let a: Double?
        /// Added to it.
        public let b: Double?
        /// Scores, or times.
        public let x: [Double]?
        /// Probabilities, or cumulative hazards.
        public let y: [Double]?
    }

    /// A model whose score is a column of the one above.
    public struct Block: Codable, Sendable, Equatable {
        /// Name of the column.
        public let name: String
        /// The model.
        public let model: FlatModel
    }

    /// Columns that a row must have.
    public let inputs: [Input]
    /// Models whose scores are columns.
    public let blocks: [Block]
    /// Score before terms and trees.
    public let intercept: Double
    /// Terms of the linear function.
    public let terms: [Term]
    /// Trees, each from its root.
    public let trees: [[Node]]
    /// How the score becomes a probability.
    public let link: Link

    /// Flattens a fitted model.
    ///
    /// - Throws: `LocalLearningError.options` for a network or a kernel machine, which have no such terms.
    public init(_ fitted: FittedModel) throws {
        let standIns = Dictionary(
            fitted.imputation.values.map { ($0.column, $0) }, uniquingKeysWith: { first, _ in first })
        inputs = fitted.features.map {
            Input(
                column: $0, boxCox: fitted.transforms?.lambda[$0], median: standIns[$0]?.median,
                indicator: standIns[$0]?.indicator)
        }
        switch fitted.predictor {
        case .logistic, .supportVector, .cox: (blocks, trees) = ([], [])
        case .trees(let own): (blocks, trees) = ([], own.explanation.model.trees.map { Self.nodes($0, own.edges) })
        case .forest(let own): (blocks, trees) = ([], own.forest.additive.trees.map { Self.nodes($0, own.edges) })
        case .network, .kernel:
            throw LocalLearningError.options(
                "networks and kernel machines have no flat form; the model file itself holds their numbers")
        case .stacked(let own):
            blocks = try own.blocks.map { Block(name: $0.name, model: try FlatModel($0.fitted)) }
            trees = []
        }
        var top = fitted.predictor
        if case .stacked(let own) = top { top = own.upper }
        let linear = top.linear
        intercept = linear?.intercept ?? 0
        terms = linear.map(Self.terms) ?? []
        link = try Self.link(top)
    }

    private static func terms(_ linear: LinearTerms) -> [Term] {
        let own = linear.standardisation
        return own.columns.indices.map {
            Term(
                column: own.columns[$0], mean: own.means[$0], scale: own.standardDeviations[$0],
                coefficient: linear.coefficients[$0])
        }
    }

    private static func nodes(_ tree: [TreeNode], _ edges: BinEdges) -> [Node] {
        tree.map { node in
            guard let split = node.split else {
                return Node(
                    feature: nil, threshold: nil, missingLeft: nil, left: nil, right: nil, value: node.value)
            }
            // Fewer than `bin` edges lie strictly below a value exactly if the edge before is not.
            return Node(
                feature: edges.features[split.feature], threshold: edges.edges[split.feature][split.bin - 1],
                missingLeft: split.sendsMissingLeft, left: split.left, right: split.right, value: nil)
        }
    }

    private static func link(_ predictor: Predictor) throws -> Link {
        func link(_ kind: String, a: Double? = nil, b: Double? = nil, x: [Double]? = nil, y: [Double]? = nil) -> Link {
            Link(kind: kind, a: a, b: b, x: x, y: y)
        }
        switch predictor {
        case .logistic, .trees: return link("logistic")
        case .forest: return link("identity")
        case .network, .kernel: throw LocalLearningError.options("networks and kernel machines have no flat form")
        case .cox(let own): return link("cox", x: own.baseline.grid, y: own.baseline.cumulativeHazard)
        case .supportVector(let own):
            switch own.calibration {
            case nil: return link("none")
            case .platt(let sigmoid): return link("platt", a: sigmoid.a, b: sigmoid.b)
            case .isotonic(let step): return link("isotonic", x: step.scores, y: step.probabilities)
            }
        case .stacked(let own): return try self.link(own.upper)
        }
    }
}
