/// An image filter: what turns an image into a response map.
///
/// The convolutional filters follow IBSI 2 (Whybra et al., Radiology 2024;310:e231319) and its reference manual "Image
/// filters" (arXiv:2006.05470); the point-wise ones and the gradient follow PyRadiomics.
public enum Filter: Sendable, Hashable, Codable {
    /// The mean over a square or cube.
    ///
    /// - support: Edge of the square or cube in voxels, odd.
    case mean(support: Int)
    /// The Laplacian of a Gaussian, in intensity per squared voxel spacing along x.
    ///
    /// The Gaussian is sampled at the voxel centres and sums to 1. On a grid of equal spacings this is the IBSI filter in
    /// units of voxels; on any other the Laplacian stays isotropic in space.
    ///
    /// - sigmaMM: Standard deviation in millimetres.
    /// - truncation: Standard deviations after which the kernel is cut (IBSI: 4).
    case laplacianOfGaussian(sigmaMM: Double, truncation: Double = 4)
    /// The Laplacian of a Gaussian by recursive filters, times the squared width (PyRadiomics: LoG).
    ///
    /// An approximation of the Gaussian to about 1e-3 of its height; the border voxels continue beyond the image, whatever
    /// boundary is asked for. 3D needs four voxels along each axis.
    ///
    /// - sigmaMM: Standard deviation in millimetres.
    case recursiveLaplacianOfGaussian(sigmaMM: Double)
    /// Laws kernels (Laws 1980), each scaled to unit energy.
    ///
    /// - kernels: One kernel an axis, x first, as `E5L5S5` in 3D or `L5S5` in 2D: L3, L5, E3, E5, S3, S5, W5 and R5.
    /// - rotation: How the responses of the right-angle rotations are pooled; `nil` for the response as it is.
    /// - energyDistance: Chebyshev distance in voxels over which the absolute response is averaged to the texture
    ///   energy image; `nil` for the response itself.
    case laws(kernels: String, rotation: Pooling?, energyDistance: Int? = nil)
    /// The modulus of the response to a 2D Gabor filter.
    ///
    /// The kernel exp(-(u² + γ²v²) / 2σ² + 2πi u / λ) has u = x cos θ + y sin θ and v = y cos θ - x sin θ, where y grows
    /// with the row. It is not normalised.
    ///
    /// - sigmaMM: Standard deviation σ of the envelope along the wave, in millimetres.
    /// - lambdaMM: Wavelength λ in millimetres.
    /// - gamma: Aspect ratio γ of the envelope.
    /// - orientation: The angle θ, or a step of angles over which the response is averaged.
    /// - orthogonalPlanes: Whether the responses in the planes xy, xz and yz are averaged (IBSI 2: 2.5D).
    case gabor(
        sigmaMM: Double, lambdaMM: Double, gamma: Double, orientation: GaborOrientation, orthogonalPlanes: Bool = false)
    /// A sub-band of the stationary (undecimated, à trous) separable wavelet transform.
    ///
    /// - family: The wavelet.
    /// - subband: L (low pass) or H (high pass) for each axis, x first, as `LHL` in 3D or `LH` in 2D.
    /// - level: Level of decomposition, 1 the finest.
    /// - rotation: How the responses of the right-angle rotations are pooled; `nil` for the response as it is.
    case separableWavelet(family: WaveletFamily, subband: String, level: Int = 1, rotation: Pooling? = nil)
    /// The band-pass response B of the non-separable Simoncelli wavelet (Portilla & Simoncelli 2000), which is isotropic.
    ///
    /// Computed in the Fourier domain: the boundary must be periodic.
    ///
    /// - level: Level of decomposition, 1 for the highest frequencies.
    case simoncelliWavelet(level: Int)
    /// The length of the gradient by central differences (PyRadiomics: Gradient).
    ///
    /// - useSpacing: Whether distances are in millimetres; otherwise in voxels.
    case gradient(useSpacing: Bool = true)
    /// The square, scaled to keep the largest magnitude (PyRadiomics: Square).
    case square
    /// The square root of the magnitude with the sign, scaled to keep the largest magnitude (PyRadiomics: SquareRoot).
    case squareRoot
    /// The logarithm of the magnitude plus 1 with the sign, scaled to keep the largest magnitude (PyRadiomics: Logarithm).
    case logarithm
    /// The exponential, scaled so that the largest magnitude is kept (PyRadiomics: Exponential).
    case exponential
    /// Local binary patterns of each slice (scikit-image: local_binary_pattern; PyRadiomics: LBP2D), by slices only.
    ///
    /// - radius: Of the circle of neighbours, in voxels.
    /// - samples: Number of neighbours.
    /// - method: What the pattern becomes.
    case localBinaryPattern(radius: Double, samples: Int, method: BinaryPatternMethod)
    /// Local binary patterns on spheres (Banerjee et al. 2012; PyRadiomics: LBP3D), by volume only.
    ///
    /// Samples come from a cubic spline and are compared in single precision. Where all samples are equal the kurtosis
    /// is 0 here; PyRadiomics has NaN.
    ///
    /// - radius: Of the sphere, in voxels.
    /// - subdivisions: Of the faces of the icosahedron that gives the samples: 42 samples for 1.
    /// - image: What of the pattern is wanted.
    case sphericalBinaryPattern(radius: Double, subdivisions: Int, image: SphericalPatternImage)
}

/// How responses of several orientations become one (IBSI 2, "Rotation invariance").
public enum Pooling: String, Sendable, Codable, CaseIterable {
    /// The largest response.
    case max
    /// The mean response.
    case average
}

/// The angles of a Gabor filter, in radians.
public enum GaborOrientation: Sendable, Hashable, Codable {
    /// One angle, from the x axis towards the y axis.
    case angle(Double)
    /// All angles from 0 to 2π in steps, whose moduli are averaged. The step must divide π.
    case average(step: Double)
}
