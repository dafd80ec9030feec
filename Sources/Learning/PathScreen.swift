/// Features that come into a fit, by the slopes that the models of a round saw when they began.
struct PathScreen {
    /// Features whose slope is below the next penalty by no more than this share of the step to it come in. The strong rule, which takes 1,
    /// would bring in a fifth more, most of them never in a model; one that is missed comes in when the model is to be done.
    private static let foresight = 0.25

    private var isKnown: [Bool]
    /// Features that the fit does not know.
    private(set) var added: [Int] = []
    /// Features that the newest of these models says may be in the next.
    private(set) var candidates: [Int] = []

    init(known: [Int], features: Int) {
        isKnown = [Bool](repeating: false, count: features)
        for feature in known { isKnown[feature] = true }
    }

    /// The penalty at whose corner a feature comes in.
    ///
    /// - Parameters:
    ///   - lambda: of the model whose gradient is seen.
    ///   - following: the next one.
    static func corner(_ lambda: Double, following: Double) -> Double { following - foresight * (lambda - following) }

    /// Takes the gradient of a model, 0 of features that were not looked at.
    ///
    /// - Parameter corner: the penalty at whose corner a feature comes in.
    mutating func add(_ gradient: [Double], _ penalty: ElasticNetPenalty, corner: Double) {
        let bound = penalty.alpha * corner
        candidates = isKnown.indices.filter {
            penalty.deviations[$0] > 0 && penalty.factors[$0] > 0 && penalty.slope(gradient, $0) >= bound
        }
        for feature in candidates where !isKnown[feature] {
            isKnown[feature] = true
            added.append(feature)
        }
    }

    /// Takes the slopes of some features that are not known: those beyond their corner come in.
    mutating func add(_ features: [Int], _ slopes: ArraySlice<Double>, _ penalty: ElasticNetPenalty, lambda: Double) {
        for (feature, slope) in zip(features, slopes) where !isKnown[feature] {
            guard penalty.violation(feature, coefficient: 0, slope: slope, lambda: lambda) > 0 else { continue }
            isKnown[feature] = true
            added.append(feature)
        }
    }
}
