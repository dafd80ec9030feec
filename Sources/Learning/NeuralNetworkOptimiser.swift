/// How the parameters of a network follow from losses and gradients over all cases.
public enum NetworkOptimiser: Sendable, Equatable, Codable {
    /// Steps of this length by moments of the gradient (Kingma and Ba, ICLR 2015, algorithm 1; beta 0.9 and 0.999).
    case adam(rate: Double)
    /// Limited-memory BFGS with ten pairs (Nocedal, Math Comp 1980;35:773), each step halved until the loss falls enough.
    case lbfgs
}

/// A minimisation in progress: says where loss and gradient are wanted next.
struct NetworkDescent: Codable, Sendable, Equatable {
    private static let pairs = 10
    private static let halvings = 30

    /// Where loss and gradient are wanted.
    private(set) var point: [Double]
    /// Best point so far, its loss (nil before the first) and largest derivative.
    private(set) var best: [Double]
    private(set) var bestLoss: Double?
    private(set) var bestSlope = 0.0
    private(set) var isFinished = false

    private let optimiser: NetworkOptimiser
    private let tolerance: Double
    private var steps = 0
    private var first: [Double] = []
    private var second: [Double] = []
    private var accepted: [Double] = []
    private var acceptedLoss = 0.0
    private var acceptedGradient: [Double] = []
    private var direction: [Double] = []
    private var length = 1.0
    private var moves: [[Double]] = []
    private var changes: [[Double]] = []

    /// - Parameters:
    ///   - tolerance: the descent ends where no derivative of the loss is larger.
    init(_ optimiser: NetworkOptimiser, start: [Double], tolerance: Double) {
        self.optimiser = optimiser
        self.tolerance = tolerance
        point = start
        best = start
    }

    /// Takes loss and gradient at `point` and moves it on.
    mutating func absorb(loss: Double, gradient: [Double]) {
        let slope = gradient.reduce(0) { max($0, $1.magnitude) }
        if bestLoss.map({ loss < $0 }) ?? true {
            best = point
            bestLoss = loss
            bestSlope = slope
        }
        guard slope > tolerance else {
            isFinished = true
            return
        }
        switch optimiser {
        case .adam(let rate): moveByMoments(gradient, rate)
        case .lbfgs: moveByCurvature(loss, gradient)
        }
    }

    private mutating func moveByMoments(_ gradient: [Double], _ rate: Double) {
        if steps == 0 {
            first = gradient.map { _ in 0 }
            second = first
        }
        steps += 1
        let (a, b) = (Self.power(0.9, steps), Self.power(0.999, steps))
        for place in gradient.indices {
            first[place] = 0.9 * first[place] + 0.1 * gradient[place]
            second[place] = 0.999 * second[place] + 0.001 * gradient[place] * gradient[place]
            point[place] -= rate * (first[place] / (1 - a)) / ((second[place] / (1 - b)).squareRoot() + 1e-8)
        }
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1.0) { product, _ in product * base }
    }

    private mutating func moveByCurvature(_ loss: Double, _ gradient: [Double]) {
        if !acceptedGradient.isEmpty {
            let expected = Self.product(direction, acceptedGradient)
            guard loss <= acceptedLoss + 1e-4 * length * expected else {
                // Halve; where halving no longer changes the loss the minimum is reached to rounding.
                steps += 1
                length /= 2
                isFinished = steps > Self.halvings
                point = zip(accepted, direction).map { $0 + length * $1 }
                return
            }
            let change = zip(gradient, acceptedGradient).map { $0 - $1 }
            let move = zip(point, accepted).map { $0 - $1 }
            if Self.product(move, change) > 1e-10 * Self.product(change, change) {
                moves.append(move)
                changes.append(change)
                if moves.count > Self.pairs {
                    moves.removeFirst()
                    changes.removeFirst()
                }
            }
        }
        accepted = point
        acceptedLoss = loss
        acceptedGradient = gradient
        direction = newDirection(gradient)
        if Self.product(direction, gradient) >= 0 { direction = gradient.map { -$0 } }
        let size = Self.product(gradient, gradient).squareRoot()
        length = moves.isEmpty ? min(1, 1 / size) : 1
        steps = 0
        point = zip(accepted, direction).map { $0 + length * $1 }
    }

    /// Minus the gradient times the inverse of the Hessian that the remembered pairs suggest (two loops).
    private func newDirection(_ gradient: [Double]) -> [Double] {
        var q = gradient
        var factors: [Double] = []
        for (move, change) in zip(moves, changes).reversed() {
            let factor = Self.product(move, q) / Self.product(move, change)
            factors.append(factor)
            for place in q.indices { q[place] -= factor * change[place] }
        }
        if let move = moves.last, let change = changes.last {
            let scale = Self.product(move, change) / Self.product(change, change)
            for place in q.indices { q[place] *= scale }
        }
        for ((move, change), factor) in zip(zip(moves, changes), factors.reversed()) {
            let other = Self.product(change, q) / Self.product(move, change)
            for place in q.indices { q[place] += (factor - other) * move[place] }
        }
        return q.map { -$0 }
    }

    private static func product(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
