import Federation
import Foundation
import Learning
import TestKit
import Testing

/// Against scikit-learn 1.9.1's `MLPClassifier` on 605 rows of CT radiomics of three centres (`data/learning/README.md`, 09).
@Suite("Neural network", .enabled(if: Tables.hasShared, "no shared data"))
struct NeuralNetworkTests {
    let json: JSONFixture
    let table: CaseTable
    let standardisation: Standardisation

    init() throws {
        json = try JSONFixture.shared("data/learning/09_mlp_gradient.json")
        table = try Tables.radiotherapy(json["features"].texts)
        let moments = table.moments
        standardisation = Standardisation(
            columns: table.featureNames, means: moments.means, standardDeviations: moments.standardDeviations)
    }

    private static func flat(_ weights: JSONFixture, _ biases: JSONFixture) -> [Double] {
        zip(weights.list, biases.list).flatMap { $0.list.flatMap(\.numbers) + $1.numbers }
    }

    private func start(_ activation: Activation) -> NeuralNetwork {
        let point = json["points"][activation.rawValue]
        return NeuralNetwork(
            standardisation, hidden: [8, 4], activation: activation,
            parameters: Self.flat(point["weights"], point["biases"]))
    }

    @Test("Loss and gradient at given weights are scikit-learn's to 1e-10", arguments: Activation.allCases)
    func gradient(activation: Activation) throws {
        let point = json["points"][activation.rawValue]
        var parameters = NeuralNetworkFit.Parameters()
        parameters.penalty = point["l2_alpha"].number
        let fit = NeuralNetworkFit(start(activation), parameters: parameters)
        let sum = try fit.contribute(table, to: fit.initialState())
        let found = try fit.objective(after: fit.initialState(), sum: sum)
        #expect(abs(found.loss - point["loss"].number) < 1e-10)
        let expected = Self.flat(point["grad_weights"], point["grad_biases"])
        #expect(found.gradient.count == expected.count)
        for (own, wanted) in zip(found.gradient, expected) { #expect(abs(own - wanted) < 1e-10) }
    }

    /// scipy 1.17.1's `minimize(method="L-BFGS-B", ftol=0, gtol=1e-9)` of the loss and gradient of scikit-learn 1.9.1's
    /// `MLPClassifier((8, 4), activation=..., alpha=20)` from the weights of the fixture, with tanh after 20,000 steps of 0.2 times
    /// the gradient (without them scipy ends in another, higher minimum): loss, and the first two probabilities.
    @Test(
        "The minimum that L-BFGS finds from given weights is that of scikit-learn's loss: to 1e-8, probabilities to 1e-4",
        arguments: [
            (Activation.tanh, 20.0, 0.666_962_927_525_339_5, [0.483_799_38, 0.338_396_89]),
            (.relu, 20.0, 0.664_215_297_468_487_6, [0.474_611_523_249_794_66, 0.333_509_836_105_880_36]),
        ])
    func minimum(activation: Activation, penalty: Double, loss: Double, probabilities: [Double]) throws {
        var parameters = NeuralNetworkFit.Parameters()
        parameters.penalty = penalty
        parameters.maxRounds = 2000
        parameters.tolerance = 1e-7
        let found = try NeuralNetworkFit(start(activation), parameters: parameters).run(on: [table], roundLimit: 2000)
        #expect(abs(found.result.loss - loss) < 1e-8, "\(found.result.loss) after \(found.rounds)")
        for (own, wanted) in zip(try found.result.network.probabilities(table), probabilities) {
            #expect(abs(own - wanted) < 1e-4)
        }
    }

    @Test("Adam comes to the minimum of L-BFGS within 1e-4")
    func adam() throws {
        var parameters = NeuralNetworkFit.Parameters()
        parameters.penalty = 20
        parameters.optimiser = .adam(rate: 0.02)
        parameters.maxRounds = 400
        let found = try NeuralNetworkFit(start(.tanh), parameters: parameters).run(on: [table]).result
        #expect(abs(found.loss - 0.666_962_9) < 1e-4, "\(found.loss)")
    }

    @Test(
        "The network is the same for 1, 2, 3 and 7 sites, bit by bit, with either optimiser and one or two layers",
        arguments: [NetworkOptimiser.lbfgs, .adam(rate: 0.01)], [[6], [8, 4]])
    func sites(optimiser: NetworkOptimiser, hidden: [Int]) throws {
        var parameters = NeuralNetworkFit.Parameters()
        parameters.optimiser = optimiser
        parameters.maxRounds = 12
        parameters.classWeights = [1, 1.5]
        let network = NeuralNetwork(standardisation, hidden: hidden, activation: .relu, seed: 5)
        let differences = try ShardProperty.differences(
            NeuralNetworkFit(network, parameters: parameters), shard: table, split: { $0.splitByRow($1) })
        #expect(differences == [])
    }

    @Test("A broadcast survives JSON in every round", arguments: [NetworkOptimiser.lbfgs, .adam(rate: 0.01)])
    func broadcasts(optimiser: NetworkOptimiser) throws {
        var parameters = NeuralNetworkFit.Parameters()
        parameters.optimiser = optimiser
        parameters.maxRounds = 6
        let fit = NeuralNetworkFit(start(.tanh), parameters: parameters)
        var state = fit.initialState()
        for _ in 0..<5 {
            #expect(try JSONDecoder().decode(NeuralNetworkFit.State.self, from: JSONEncoder().encode(state)) == state)
            guard case .broadcast(let next) = try fit.next(after: state, sum: fit.contribute(table, to: state)) else {
                break
            }
            state = next
        }
        #expect(state.round == 6)
    }

    @Test("The start depends on the seed alone")
    func seeds() {
        func network(_ seed: UInt64) -> [Double] {
            NeuralNetwork(standardisation, hidden: [8, 4], activation: .tanh, seed: seed).parameters
        }
        #expect(network(1) == network(1) && network(1) != network(2))
        #expect(network(1).allSatisfy { $0.magnitude < 1.1 } && Set(network(1)).count == network(1).count)
    }

    @Test("A bound of the gradient keeps every site's sum within it, and an outlying site from taking over")
    func bounded() throws {
        var parameters = NeuralNetworkFit.Parameters()
        parameters.gradientBound = 2
        let fit = NeuralNetworkFit(start(.tanh), parameters: parameters)
        for site in table.splitByCentre {
            let gradient = try fit.contribute(site, to: fit.initialState()).values("gradient")
            #expect(gradient.reduce(0) { $0 + $1 * $1 }.squareRoot() <= 2 + 1e-9)
            #expect(gradient.allSatisfy { $0.magnitude <= 2 })
        }
        #expect(fit.blocks(for: fit.initialState())[2].bound == 2)
        // A bound that no site reaches changes nothing but the rounding of sums.
        parameters.gradientBound = 1e6
        parameters.maxRounds = 5
        let loose = try NeuralNetworkFit(start(.tanh), parameters: parameters).run(on: table.splitByCentre).result
        parameters.gradientBound = nil
        let exact = try NeuralNetworkFit(start(.tanh), parameters: parameters).run(on: table.splitByCentre).result
        #expect(Tolerance.agrees(loose.network.parameters, exact.network.parameters, 1e-9))
    }

    @Test("Averaging one site's own steps is descent; over sites it is another network than the pooled one")
    func averaging() throws {
        var parameters = NeuralNetworkAveraging.Parameters()
        parameters.rounds = 10
        let averaging = NeuralNetworkAveraging(start(.tanh), parameters: parameters)
        let pooled = try averaging.run(on: [table]).result
        let federated = try averaging.run(on: table.splitByCentre).result
        #expect(pooled != federated)
        parameters.localSteps = 10
        parameters.rounds = 5
        let other = try NeuralNetworkAveraging(start(.tanh), parameters: parameters).run(on: [table]).result
        #expect(Tolerance.agrees(other.parameters, pooled.parameters, 1e-9))
        let empty = table.selecting(rows: [])
        #expect(try averaging.run(on: table.splitByCentre + [empty]).result == federated)
        #expect(throws: LearningError.oneClass) { try averaging.run(on: [empty]) }
    }

    @Test("One class, missing values and other columns are refused by name; a diverging descent gives its best network")
    func refused() throws {
        var one = table
        one.outcome = one.outcome.map { _ in 1 }
        let fit = NeuralNetworkFit(start(.relu))
        #expect(throws: LearningError.oneClass) { try fit.run(on: [one]) }
        #expect(throws: LearningError.oneClass) { try fit.run(on: [table.selecting(rows: [])]) }
        var holed = table
        holed.features[3] = .nan
        #expect(throws: LearningError.missingValues(features: [table.featureNames[3]])) { try fit.run(on: [holed]) }
        let renamed = CaseTable(
            featureNames: table.featureNames.map { $0 + "x" }, features: table.features, outcome: table.outcome,
            batch: table.batch)
        #expect(throws: LearningError.self) { try fit.run(on: [renamed]) }
        var wild = NeuralNetworkFit.Parameters()
        wild.optimiser = .adam(rate: 10)
        wild.maxRounds = 20
        let found = try NeuralNetworkFit(start(.relu), parameters: wild).run(on: [table]).result
        #expect(found.loss.isFinite && !found.isConverged)
        #expect(try found.network.probabilities(table).allSatisfy { (0...1).contains($0) })
    }
}
