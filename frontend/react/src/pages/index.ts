import { lazy } from 'react';
import { load } from './load';

export const Explore = lazy(load.explore);
export const You = lazy(load.you);
export const User = lazy(load.users);
export const Film = lazy(load.films);
export const Model = lazy(load.model);
