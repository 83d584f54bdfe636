"""Keras: layers, and what the functional interface passes from one to the next.

Read off keras 3.12: ``layers/``, ``layers/layer.py``, ``ops/symbolic_arguments.py``.
"""

import torch

from bpcheck.frameworks import unknown


def _activated(x, activation):
    if activation is None or activation == "linear":
        return x
    if activation == "softmax":
        return torch.softmax(x, dim=-1)
    if activation == "sigmoid":
        return torch.sigmoid(x)
    if activation == "relu":
        return torch.relu(x)
    if activation == "tanh":
        return torch.tanh(x)
    if activation == "log_softmax":
        return torch.log_softmax(x, dim=-1)
    return activation(x) if callable(activation) else unknown(x)


#: Whether ``fit`` or ``evaluate`` is running. Elsewhere, a call is inference: no gradients are kept unless a tape asks for them.
running = {"is": False}


class Symbolic:
    """What the functional interface passes on: the layers that led to it."""

    def __init__(self, layers):
        self.layers = layers
        self.shape = unknown()
        self.dtype = unknown()


def Input(shape=None, batch_size=None, dtype=None, **options):
    return Symbolic([])


class Layer(torch.nn.Module):
    def __init__(self, *args, trainable=True, **kwargs):
        super().__init__()

    def build(self, input_shape):
        pass

    def add_weight(self, *args, **kwargs):
        return torch.nn.Parameter(torch.zeros(1))

    def add_loss(self, *args, **kwargs):
        pass

    def call(self, x):
        return x

    def forward(self, x):
        return self.call(x)

    def __call__(self, x, *args, **kwargs):
        if isinstance(x, Symbolic):
            return Symbolic([*x.layers, self])
        if isinstance(x, (list, tuple)) and isinstance(x[0], Symbolic):
            return self._merged(x)
        if running["is"]:
            return self.forward(x)
        self.eval()
        with torch.no_grad():
            return self.forward(x)

    def _merged(self, several):
        layers = []
        for each in several:
            if isinstance(each, Symbolic):
                layers.extend(each.layers)
        return Symbolic([*layers, self])

    @property
    def trainable(self):
        return unknown()

    @trainable.setter
    def trainable(self, value):
        for parameter in self.parameters():
            parameter.requires_grad = value

    @property
    def layers(self):
        return [_Part(self) for _ in unknown()]

    def get_layer(self, name=None, index=None):
        return _Part(self)

    def get_config(self):
        return unknown()

    def set_weights(self, weights):
        for parameter in self.parameters():
            parameter.data.copy_(unknown())

    def summary(self, *args, **kwargs):
        pass

    @property
    def trainable_weights(self):
        return self.parameters()

    @property
    def trainable_variables(self):
        return self.parameters()


class _Part:
    """Some layer of a network: what is done to it is done to a part."""

    def __init__(self, owner):
        self.owner = owner
        self.output = Symbolic([owner])
        self.name = unknown()

    @property
    def trainable(self):
        return unknown()

    @trainable.setter
    def trainable(self, value):
        for parameter in self.owner.parameters():
            if unknown():
                parameter.requires_grad = value

    def set_weights(self, weights):
        self.owner.set_weights(weights)


class _Weighted(Layer):
    def __init__(self, units=1, activation=None, **kwargs):
        super().__init__()
        self.inner = torch.nn.Linear(1, units)
        self.activation = activation

    def forward(self, x):
        return _activated(self.inner(x), self.activation)


class Dense(_Weighted):
    def __init__(self, units, activation=None, use_bias=True, **kwargs):
        super().__init__(units, activation)


class _Convolution(_Weighted):
    def __init__(
        self,
        filters=1,
        kernel_size=1,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        groups=1,
        activation=None,
        **kwargs,
    ):
        super().__init__(activation=activation)


class Conv1D(_Convolution):
    pass


class Conv2D(_Convolution):
    pass


class Conv3D(_Convolution):
    pass


class Convolution2D(_Convolution):
    pass


class SeparableConv2D(_Convolution):
    pass


class Conv2DTranspose(_Weighted):
    def __init__(self, *args, activation=None, **kwargs):
        super().__init__(activation=activation)


class DepthwiseConv2D(_Weighted):
    def __init__(self, *args, activation=None, **kwargs):
        super().__init__(activation=activation)


class MultiHeadAttention(_Weighted):
    def __init__(self, *args, **kwargs):
        super().__init__()

    def __call__(self, query, value=None, key=None, **kwargs):
        if isinstance(query, Symbolic):
            return Symbolic([*query.layers, self])
        return self.forward(query)


class Embedding(Layer):
    def __init__(self, input_dim, output_dim, embeddings_initializer="uniform", weights=None, **kwargs):
        super().__init__()
        self.inner = torch.nn.Embedding(input_dim, output_dim)
        if weights is not None or not isinstance(embeddings_initializer, str):
            self.inner.weight.data.copy_(unknown())

    def forward(self, x):
        return self.inner(x)


class _Recurrent(Layer):
    def __init__(self, inner, states, dropout=0.0, recurrent_dropout=0.0, return_state=False, **kwargs):
        super().__init__()
        self.inner = inner
        self.states = states
        self.return_state = return_state
        self.drop = torch.nn.Dropout(dropout)
        self.drop_state = torch.nn.Dropout(recurrent_dropout)

    def __call__(self, x, *args, initial_state=None, **kwargs):
        if not isinstance(x, Symbolic):
            return super().__call__(x)
        if initial_state is None:
            made = Symbolic([*x.layers, self])
        elif isinstance(initial_state, (list, tuple)):
            made = self._merged([x, *initial_state])
        else:
            made = self._merged([x, initial_state])
        return [made] * (1 + self.states) if self.return_state else made

    def forward(self, x):
        return self.drop_state(self.inner(self.drop(x))[0])


class LSTM(_Recurrent):
    def __init__(self, units, **kwargs):
        super().__init__(torch.nn.LSTM(unknown(), units), 2, **kwargs)


class GRU(_Recurrent):
    def __init__(self, units, **kwargs):
        super().__init__(torch.nn.GRU(unknown(), units), 1, **kwargs)


class SimpleRNN(_Recurrent):
    def __init__(self, units, **kwargs):
        super().__init__(torch.nn.RNN(unknown(), units), 1, **kwargs)


class Bidirectional(Layer):
    def __init__(self, layer, **kwargs):
        super().__init__()
        self.inner = layer

    def forward(self, x):
        return self.inner.forward(x)


class TimeDistributed(Bidirectional):
    pass


class BatchNormalization(Layer):
    def __init__(self, *args, **kwargs):
        super().__init__()
        self.inner = torch.nn.BatchNorm1d(1)

    def forward(self, x):
        return self.inner(x)


class LayerNormalization(Layer):
    def __init__(self, *args, **kwargs):
        super().__init__()
        self.inner = torch.nn.LayerNorm(1)

    def forward(self, x):
        return self.inner(x)


class Dropout(Layer):
    def __init__(self, rate, **kwargs):
        super().__init__()
        self.inner = torch.nn.Dropout(rate)

    def forward(self, x):
        return self.inner(x)


class SpatialDropout1D(Dropout):
    pass


class SpatialDropout2D(Dropout):
    pass


class Activation(Layer):
    def __init__(self, activation, **kwargs):
        super().__init__()
        self.activation = activation

    def forward(self, x):
        return _activated(x, self.activation)


class Softmax(Layer):
    def forward(self, x):
        return torch.softmax(x, dim=-1)


class ReLU(Layer):
    def forward(self, x):
        return torch.relu(x)


class LeakyReLU(ReLU):
    pass


class Flatten(Layer):
    pass


class Reshape(Layer):
    pass


class Permute(Layer):
    pass


class RepeatVector(Layer):
    pass


class Masking(Layer):
    pass


class Rescaling(Layer):
    pass


class Normalization(Layer):
    def adapt(self, data, **kwargs):
        pass


class TextVectorization(Normalization):
    def get_vocabulary(self, *args, **kwargs):
        return unknown()


class MaxPooling1D(Layer):
    pass


class MaxPooling2D(Layer):
    pass


class MaxPool2D(Layer):
    pass


class AveragePooling2D(Layer):
    pass


class GlobalAveragePooling1D(Layer):
    pass


class GlobalAveragePooling2D(Layer):
    pass


class GlobalMaxPooling1D(Layer):
    pass


class GlobalMaxPooling2D(Layer):
    pass


class GlobalMaxPool1D(Layer):
    pass


class UpSampling2D(Layer):
    pass


class ZeroPadding2D(Layer):
    pass


class InputLayer(Layer):
    pass


class RandomFlip(Layer):
    pass


class RandomRotation(Layer):
    pass


class RandomZoom(Layer):
    pass


class RandomContrast(Layer):
    pass


class RandomTranslation(Layer):
    pass


class Concatenate(Layer):
    pass


class Add(Layer):
    pass


class Multiply(Layer):
    pass


class Average(Layer):
    pass


class Dot(Layer):
    pass


class Lambda(Layer):
    def __init__(self, function, **kwargs):
        super().__init__()
        self.function = function

    def forward(self, x):
        return unknown(x)


def concatenate(inputs, **kwargs):
    return Concatenate()(inputs)


def add(inputs, **kwargs):
    return Add()(inputs)
