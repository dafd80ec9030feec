/// What one named block of a contribution is: its shape, its fixed-point grid, and what it tells about a site.
///
/// The list of a computation's specifications is its entry in the catalogue of what may leave a hospital
/// (`docs/catalogue.md` is generated from it).
public struct BlockSpecification: Hashable, Sendable, Codable {
    /// Name of the block, unique within the computation's round.
    public let name: String
    /// Length of each axis, row-major storage; `[1]` for a scalar.
    public let shape: [Int]
    /// Binary digits after the point: the quantum is `2^-fractionBits`.
    public let fractionBits: Int
    /// Largest absolute value that a site's sum may have; larger is a typed error at the site, never a wrap.
    public let bound: Double
    /// What the numbers are, in the field's words.
    public let meaning: String
    /// What a reader of one site's block could learn.
    public let discloses: String

    /// Creates a specification.
    ///
    /// - Precondition: `bound * 2^fractionBits` is below `2^118`, which leaves room to add 256 sites.
    public init(
        name: String, shape: [Int], fractionBits: Int, bound: Double, meaning: String, discloses: String
    ) {
        precondition(fractionBits >= 0 && fractionBits <= 110, "fraction bits out of range")
        precondition(bound > 0 && bound.isFinite, "a bound is positive and finite")
        precondition(Int(bound.exponent) + 1 + fractionBits <= 118, "bound and fraction do not fit 128 bits")
        self.name = name
        self.shape = shape
        self.fractionBits = fractionBits
        self.bound = bound
        self.meaning = meaning
        self.discloses = discloses
    }

    /// A block of whole numbers (counts): no fraction, bound `2^53`.
    public static func counts(_ name: String, shape: [Int] = [1], meaning: String, discloses: String) -> Self {
        BlockSpecification(
            name: name, shape: shape, fractionBits: 0, bound: 9_007_199_254_740_992, meaning: meaning,
            discloses: discloses)
    }

    /// A block of sums of numbers on unit scale (|term| about 1): quantum `2^-76` (1.3e-23), bound `2^40`.
    public static func unitScale(_ name: String, shape: [Int] = [1], meaning: String, discloses: String) -> Self {
        BlockSpecification(
            name: name, shape: shape, fractionBits: 76, bound: 1_099_511_627_776, meaning: meaning,
            discloses: discloses)
    }

    /// Number of values in the block.
    public var count: Int { shape.reduce(1, *) }

    /// The distance between two neighbouring values that the block can carry.
    public var quantum: Double { Double(sign: .plus, exponent: -fractionBits, significand: 1) }
}
