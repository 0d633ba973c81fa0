"""Operators that are counted by their elements, by name, each on one closed list.

Here: what moves data (free), element-wise operators (one an element of the result), reductions
and the like (one an element of the first input), and fused operators that go over their elements
several times. The convention: one pass applies one function to each element, however complicated
(exp, gelu, a + b c), or reduces such a function. What is on no list has a formula, or is refused
(bench.metering.flops). An in-place operator is its functional one; views are free by their schema.
"""

from __future__ import annotations

from bench.metering.elements import Formula, drawn, over_first, over_largest, pointwise, times


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


MOVING = _names("""
_amp_update_scale _assert_async _assert_scalar _assert_tensor_metadata _chunk_cat _coalesced _conj
_conj_copy _convert_indices_from_coo_to_csr _convert_indices_from_csr_to_coo _copy_from
_copy_from_and_resize _cudnn_init_dropout_state _cudnn_rnn_flatten_weight _dimI _dimV
_efficientzerotensor _empty_affine_quantized _empty_per_channel_affine_quantized _foreach_clone
_foreach_copy _foreach_zero _functional_assert_async _functional_assert_scalar
_functional_sym_constrain_range _functional_sym_constrain_range_for_size _fused_sdp_choice
_fw_primal_copy _has_same_storage_numel _indices_copy _lazy_clone _linalg_check_errors
_local_scalar_dense _make_dual_copy _make_per_channel_quantized_tensor
_make_per_tensor_quantized_tensor _mkldnn_reshape _mkldnn_transpose _neg_view_copy
_new_zeros_with_same_feature_meta _nnz _pack_padded_sequence _pin_memory _print
_reshape_alias_copy _reshape_copy _resize_output _sparse_broadcast_to_copy
_sparse_compressed_tensor_with_dims _sparse_coo_tensor_with_dims
_sparse_coo_tensor_with_dims_and_tensors _sparse_mask_projection _spdiags _stack _to_copy
_to_dense _to_sparse _to_sparse_bsc _to_sparse_bsr _to_sparse_csc _to_sparse_csr _unsafe_index
_unsafe_masked_index _unsafe_view _upsample_nearest_exact1d _upsample_nearest_exact2d
_upsample_nearest_exact3d _validate_compressed_sparse_indices _values_copy alias alias_copy arange
as_strided as_strided_copy as_strided_scatter bartlett_window blackman_window block_diag cat
ccol_indices_copy channel_shuffle clone col_indices_copy complex constant_pad_nd copy
copy_sparse_to_sparse crow_indices_copy dense_dim detach detach_copy diag_embed diagonal_backward
diagonal_copy diagonal_scatter embedding empty empty_like empty_permuted empty_quantized
empty_strided expand expand_copy eye fft_fftfreq fft_rfftfreq fill flip full full_like gather
hamming_window hann_window im2col index index_copy index_fill index_select indices_copy int_repr
is_coalesced is_pinned is_same_size is_set_to kaiser_window lift lift_fresh lift_fresh_copy
linspace logspace lu_unpack masked_scatter masked_scatter_backward masked_select max_unpool2d
max_unpool3d narrow_copy native_channel_shuffle new_empty new_empty_strided new_full new_ones
new_zeros nonzero nonzero_static ones ones_like permute_copy pixel_shuffle pixel_unshuffle
q_per_channel_axis q_per_channel_scales q_per_channel_zero_points q_scale q_zero_point qscheme
range record_stream reflection_pad1d reflection_pad2d reflection_pad3d repeat repeat_interleave
replication_pad1d replication_pad2d replication_pad3d resize resize_as resize_as_sparse roll rot90
row_indices_copy scalar_tensor select_backward select_copy select_scatter set slice_backward
slice_copy slice_scatter sparse_compressed_tensor sparse_coo_tensor sparse_dim sparse_mask
sparse_resize sparse_resize_and_clear split_copy split_with_sizes_copy squeeze squeeze_copy stack
sym_constrain_range sym_constrain_range_for_size t t_copy take to_mkldnn to_padded_tensor
transpose transpose_copy tril tril_indices triu triu_indices unbind_copy unfold unfold_copy
unsafe_split unsafe_split_with_sizes unsqueeze unsqueeze_copy upsample_nearest1d
upsample_nearest2d upsample_nearest3d values_copy view_as_complex_copy view_as_real_copy view_copy
zero zeros zeros_like
""")
"""Only moves, makes or describes data: free."""

ELEMENTWISE = _names("""
__ilshift__ __irshift__ __lshift__ __rshift__ _add_relu _conj_physical
_fake_quantize_per_tensor_affine_cachemask_tensor_qparams _fused_dropout _masked_scale
_prelu_kernel _prelu_kernel_backward _transform_bias_rescale_qkv abs acos acosh add addcdiv
addcmul angle asin asinh atan atan2 atanh bitwise_and bitwise_left_shift bitwise_not bitwise_or
bitwise_right_shift bitwise_xor ceil celu clamp clamp_max clamp_min conj_physical copysign cos
cosh deg2rad dequantize digamma div elu elu_backward eq erf erfc erfinv exp exp2 expm1
fake_quantize_per_channel_affine_cachemask fake_quantize_per_tensor_affine_cachemask floor
floor_divide fmax fmin fmod frac frexp gcd ge gelu gelu_backward glu_backward_jvp glu_jvp gt
hardshrink hardshrink_backward hardsigmoid hardsigmoid_backward hardswish hardswish_backward
hardtanh hardtanh_backward heaviside hypot i0 igamma igammac isinf isnan isneginf isposinf lcm
ldexp le leaky_relu leaky_relu_backward lerp lgamma linalg_cross log log10 log1p log2
log_sigmoid_backward log_sigmoid_forward logaddexp logaddexp2 logical_and logical_not logical_or
logical_xor logit logit_backward lt masked_fill maximum minimum mish mish_backward mul mvlgamma
nan_to_num native_dropout_backward ne neg nextafter polar polygamma pow quantize_per_channel
quantize_per_tensor quantize_per_tensor_dynamic rad2deg reciprocal relu remainder round
rrelu_with_noise rrelu_with_noise_backward rrelu_with_noise_functional rsqrt rsub sgn sigmoid
sigmoid_backward sign signbit silu silu_backward sin sinc sinh softplus softplus_backward
softshrink softshrink_backward special_airy_ai special_bessel_j0 special_bessel_j1
special_bessel_y0 special_bessel_y1 special_chebyshev_polynomial_t special_chebyshev_polynomial_u
special_chebyshev_polynomial_v special_chebyshev_polynomial_w special_entr special_erfcx
special_hermite_polynomial_h special_hermite_polynomial_he special_i0e special_i1 special_i1e
special_laguerre_polynomial_l special_legendre_polynomial_p special_log_ndtr
special_modified_bessel_i0 special_modified_bessel_i1 special_modified_bessel_k0
special_modified_bessel_k1 special_ndtri special_scaled_modified_bessel_k0
special_scaled_modified_bessel_k1 special_shifted_chebyshev_polynomial_t
special_shifted_chebyshev_polynomial_u special_shifted_chebyshev_polynomial_v
special_shifted_chebyshev_polynomial_w special_spherical_bessel_j0 special_xlog1py special_zeta
sqrt sub tan tanh tanh_backward threshold threshold_backward trunc where xlogy
""")
"""One function of corresponding elements: one an element of the broadcast result."""

REDUCTIONS = _names("""
_aminmax _cummax_helper _cummin_helper _is_all_true _is_any_true _logcumsumexp
_segment_reduce_backward _sparse_csr_prod _sparse_csr_sum _sparse_sum _sparse_sum_backward
_upsample_nearest_exact1d_backward _upsample_nearest_exact2d_backward
_upsample_nearest_exact3d_backward adaptive_max_pool2d_backward adaptive_max_pool3d_backward all
allclose amax amin aminmax any argmax argmin bincount col2im count_nonzero cummax cummin cumprod
cumsum dist embedding_dense_backward equal fractional_max_pool2d_backward
fractional_max_pool3d_backward hash_tensor histc kthvalue linalg__powsum linalg_vector_norm
logcumsumexp max max_pool2d_with_indices_backward max_pool3d_with_indices_backward mean median min
nanmedian nansum native_norm norm prod reflection_pad1d_backward reflection_pad2d_backward
reflection_pad3d_backward replication_pad1d_backward replication_pad2d_backward
replication_pad3d_backward segment_reduce sum unfold_backward unique_consecutive
upsample_nearest1d_backward upsample_nearest2d_backward upsample_nearest3d_backward
""")
"""Reduces, scans or adds up one function of an element: one an element of the first input."""

LOSSES = _names("""
binary_cross_entropy binary_cross_entropy_backward binary_cross_entropy_with_logits glu_backward
huber_loss huber_loss_backward mse_loss mse_loss_backward multi_margin_loss
multi_margin_loss_backward smooth_l1_loss smooth_l1_loss_backward soft_margin_loss
soft_margin_loss_backward
""")
"""A function of corresponding elements, reduced or not: one an element of the largest input."""

DRAWS = _names("""
_dirichlet_grad _sample_dirichlet _standard_gamma _standard_gamma_grad bernoulli binomial cauchy
exponential geometric log_normal normal normal_functional poisson rand rand_like randint
randint_like randn randn_like random randperm uniform
""")
"""Draws numbers: one each, whether they fill a tensor or make one."""

PASSES = {
    "_softmax": 3,  # the largest; the sum of exp(x - largest); the quotient
    "_log_softmax": 3,
    "_safe_softmax": 3,
    "_masked_softmax": 3,
    "_sparse_softmax": 3,
    "_sparse_log_softmax": 3,
    "softmax": 3,
    "log_softmax": 3,
    "_softmax_backward_data": 2,  # the sum of g y; y (g - sum)
    "_log_softmax_backward_data": 2,  # the sum of g; g - exp(y) sum
    "_masked_softmax_backward": 2,
    "_sparse_softmax_backward_data": 2,
    "_sparse_log_softmax_backward_data": 2,
    "logsumexp": 2,  # the largest; the sum of exp(x - largest)
    "var": 2,  # the mean; the sum of squared differences
    "std": 2,
    "var_mean": 2,
    "std_mean": 2,
    "renorm": 2,  # the norms; scaling
    "embedding_renorm": 2,
    "native_dropout": 2,  # the draw; the product
    "native_layer_norm": 3,  # the mean; the variance; the result
    "native_group_norm": 3,
    "native_layer_norm_backward": 5,  # sums of g w and g w x; dx; the gradients of w and b
    "native_group_norm_backward": 5,
    "_fused_rms_norm": 2,  # the mean square; the result
    "_fused_rms_norm_backward": 3,  # the sum of g w x; dx; the gradient of w
    "_native_batch_norm_legit_no_training": 1,  # the result: mean and variance are given
    "_batch_norm_no_update": 1,
    "_batch_norm_with_update": 3,
    "_batch_norm_with_update_functional": 3,
    "native_batch_norm_backward": 3,  # the gradients of b and w; dx
    "batch_norm_backward": 3,
    "cudnn_batch_norm_backward": 3,
    "_weight_norm_interface": 2,  # the norms; scaling
    "_weight_norm_interface_backward": 2,  # the sums of g v; dv
}
"""Goes over the elements of its first input so many times."""

PER_PARAMETER = {
    "_fused_adam": 14,
    "_fused_adamw": 16,
    "_fused_sgd": 4,
    "_fused_adagrad": 7,
    "_amp_foreach_non_finite_check_and_unscale": 2,
}
"""Fused steps of optimisers: operations for each number that is updated.

Adam: m = a m + (1 - a) g is 3, v = b v + (1 - b) g g is 4, both corrections 2, and the root, adding
epsilon, the quotient, the rate and the difference 5. AdamW's decay adds 2. Momentum and the step
are 2 each; Adagrad's square, sum, root, epsilon, quotient, rate and difference 7.
"""


def listed() -> dict[str, Formula | None]:
    """Every operator of the lists, by name, with what it costs; None where it is free."""
    by_name: dict[str, Formula | None] = dict.fromkeys(MOVING)
    for names, formula in (
        (ELEMENTWISE, pointwise),
        (REDUCTIONS, over_first),
        (LOSSES, over_largest),
        (DRAWS, drawn),
    ):
        by_name |= dict.fromkeys(names, formula)
    return by_name | {name: times(count, over_first) for name, count in PASSES.items()}
