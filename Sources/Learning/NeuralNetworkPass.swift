/// One case's way through a network, and the derivatives of its loss back through it (Rumelhart, Hinton and Williams, Nature
/// 1986;323:533).
struct NetworkPass {
    private let activation: Activation
    private let parameters: [Double]
    private let sizes: [Int]
    /// First weight of each layer.
    private let offsets: [Int]
    /// Outputs of each layer but the last, the input first.
    private var outputs: [[Double]]
    /// Derivatives of the loss by the inputs of the units of each layer.
    private var deltas: [[Double]]

    init(_ network: NeuralNetwork) {
        activation = network.activation
        parameters = network.parameters
        sizes = [network.standardisation.columns.count] + network.hidden + [1]
        var offsets = [0]
        for layer in 0..<sizes.count - 2 { offsets.append(offsets[layer] + (sizes[layer] + 1) * sizes[layer + 1]) }
        self.offsets = offsets
        outputs = sizes.dropLast().map { [Double](repeating: 0, count: $0) }
        deltas = sizes.dropFirst().map { [Double](repeating: 0, count: $0) }
    }

    /// Logarithm of the odds of a case.
    mutating func forward(_ x: UnsafeBufferPointer<Double>) -> Double {
        for place in x.indices { outputs[0][place] = x[place] }
        var last = 0.0
        for layer in 0..<sizes.count - 1 {
            let (inputs, units) = (sizes[layer], sizes[layer + 1])
            var sums = Array(parameters[offsets[layer] + inputs * units..<offsets[layer] + (inputs + 1) * units])
            // Pointers: without bounds checks the loop over units runs in vectors.
            parameters.withUnsafeBufferPointer { weights in
                sums.withUnsafeMutableBufferPointer { sums in
                    for input in 0..<inputs {
                        let (value, start) = (outputs[layer][input], offsets[layer] + input * units)
                        for unit in 0..<units { sums[unit] += value * weights[start + unit] }
                    }
                }
            }
            if layer == sizes.count - 2 {
                last = sums[0]
            } else {
                for unit in 0..<units { outputs[layer + 1][unit] = activation.value(sums[unit]) }
            }
        }
        return last
    }

    /// Writes the derivatives by all parameters of the case of the last `forward`, given that by its log odds.
    mutating func backward(_ slope: Double, into gradient: UnsafeMutableBufferPointer<Double>) {
        deltas[sizes.count - 2][0] = slope
        for layer in (0..<sizes.count - 1).reversed() {
            let (inputs, units) = (sizes[layer], sizes[layer + 1])
            let start = offsets[layer]
            deltas[layer].withUnsafeBufferPointer { delta in
                for input in 0..<inputs {
                    let value = outputs[layer][input]
                    for unit in 0..<units { gradient[start + input * units + unit] = value * delta[unit] }
                }
                for unit in 0..<units { gradient[start + inputs * units + unit] = delta[unit] }
            }
            guard layer > 0 else { continue }
            for input in 0..<inputs {
                var sum = 0.0
                for unit in 0..<units { sum += parameters[start + input * units + unit] * deltas[layer][unit] }
                deltas[layer - 1][input] = sum * activation.slope(at: outputs[layer][input])
            }
        }
    }
}
