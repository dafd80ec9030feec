/// What chance decides in a forest: pure functions of the seed, the tree, the node and the key of a case.
struct RandomForestDraws {
    /// Most times that a case is drawn for one tree; more has probability 1e-14.
    static let largestWeight = 15

    private let sampling: RandomForest.Sampling
    private let caseHash: KeyedHash
    private let nodeHash: KeyedHash
    /// Number of features that a node looks at.
    let wanted: Int
    private var order: [Int]

    init(_ parameters: RandomForest.Parameters, features: Int) {
        sampling = parameters.sampling
        let root = KeyedHash(seed: parameters.seed)
        caseHash = KeyedHash(seed: root.hash("cases"))
        nodeHash = KeyedHash(seed: root.hash("features"))
        let usual = Int(Double(features).squareRoot())
        wanted = min(max(parameters.featuresPerSplit ?? usual, 1), features)
        order = Array(0..<features)
    }

    /// How often each case is drawn for a tree.
    func weights(tree: Int, keys: [UInt64]) -> [UInt8] {
        switch sampling {
        case .bootstrap:
            return keys.map { key in
                let unit = KeyedHash.unit(caseHash.hash(UInt64(tree), key))
                var weight = 0
                while weight < Self.largestWeight, unit >= Self.poisson[weight] { weight += 1 }
                return UInt8(weight)
            }
        case .subsample(let share):
            return keys.map { KeyedHash.unit(caseHash.hash(UInt64(tree), $0)) < share ? 1 : 0 }
        }
    }

    /// Distribution function of the Poisson variable of mean 1: sums of exp(-1) / k!.
    private static let poisson: [Double] = {
        var (term, sum) = (LogisticFunction.decay(1), 0.0)
        return (0..<largestWeight).map { k in
            if k > 0 { term /= Double(k) }
            sum += term
            return sum
        }
    }()

    /// Features of a node in the order in which they are looked at (Fisher and Yates' shuffle, as far as is needed).
    mutating func features(tree: Int, node: Int) -> [Int] {
        let count = order.count
        var places: [Int] = []
        for place in 0..<wanted {
            let hash = nodeHash.hash([UInt64(tree), UInt64(node), UInt64(place)])
            let other = place + Int(hash.multipliedFullWidth(by: UInt64(count - place)).high)
            order.swapAt(place, other)
            places.append(other)
        }
        let drawn = Array(order[..<wanted])
        // Back to the ascending order, so that a draw does not depend on those before.
        for place in (0..<wanted).reversed() { order.swapAt(place, places[place]) }
        return drawn
    }
}
